// Of what may come next, marks what the answers in the form lead to as they are.

/** A box that is not ticked, and a question without an answer, have no value of their own. */
const isGiven = (values, value) => values.includes(value ?? (values.includes(true) || values.includes(false) ? false : null));

export function follow(form, lines) {
  // Where all comes anyhow there is nothing to tell apart.
  if (lines.length < 2) return;
  const mark = () => {
    const given = form._getSubmitData();
    for (const line of lines) {
      const answers = Object.entries(JSON.parse(line.dataset.answers));
      const fits = answers.length > 0 && answers.every(([key, values]) => isGiven(values, given[key]));
      if (fits) line.setAttribute('aria-current', 'true');
      else line.removeAttribute('aria-current');
    }
  };
  form.on('changed', mark);
  mark();
}
