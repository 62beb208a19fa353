// The citizen's page, opened by the QR code of the slip: number and code come in the fragment, which no server sees.

const given = new URLSearchParams(window.location.hash.slice(1));
const form = document.querySelector('form[data-track]');

if (form && given.get('number') && given.get('code')) {
  form.elements.number.value = given.get('number');
  form.elements.code.value = given.get('code');
  window.history.replaceState(null, '', window.location.pathname);
  form.requestSubmit();
}
