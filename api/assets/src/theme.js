// What cannot wait for the page's other scripts.

// Before anything is painted: the colours that the visitor's system asks for.
const dark = window.matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.setAttribute('data-bs-theme', dark.matches ? 'dark' : 'light');
follow();
dark.addEventListener('change', follow);

// A button that is pressed before the scripts are there that hear it is pressed when they are.
let pressed;
const hold = (event) => {
  const button = event.target.closest('button');
  if (!button) return;
  event.preventDefault();
  event.stopPropagation();
  pressed = button;
};
document.addEventListener('click', hold, true);
document.addEventListener('DOMContentLoaded', () => {
  document.removeEventListener('click', hold, true);
  pressed?.click();
});
