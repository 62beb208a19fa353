// The words that the server wrote into the page, in the page's language.

const place = document.getElementById('words');
const words = place ? JSON.parse(place.dataset.words) : {};

export const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';

export const word = (key) => words[key] ?? key;
