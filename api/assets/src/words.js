// The words that the server wrote into the page, in the page's language.

const place = document.getElementById('words');
const words = place ? JSON.parse(place.dataset.words) : {};

export const language = document.documentElement.lang.startsWith('zh') ? 'zh' : 'en';

export const word = (key) => words[key] ?? key;

/** The side of a text ``中文 / English`` that is in the page's language. */
export const part = (text) => text.split(' / ')[language === 'zh' ? 0 : 1] ?? text;
