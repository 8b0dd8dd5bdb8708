'use strict';
// Search, filters, rows that open, copy buttons, the colour scheme, what a rectangle tells.
// Everything is set as text, never as markup.
const data = JSON.parse(document.getElementById('data').textContent);
const SHOWN = 300; // single keys below one row; more are reached by searching
const tip = document.getElementById('tip');
const all = (where, what) => Array.from(where.querySelectorAll(what));
const say = (text) => { document.getElementById('said').textContent = text; };
const folded = (text) => text.toLowerCase();

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// The colour scheme: that of the system until the button is pressed.
const theme = document.getElementById('theme');
const isDark = () => {
  const asked = document.documentElement.dataset.theme;
  return asked ? asked === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
};
theme.hidden = false;
theme.addEventListener('click', () => {
  document.documentElement.dataset.theme = isDark() ? 'light' : 'dark';
});

// Tables and charts that are wider than the window: a sign above, and a shade at the cut edge.
const wide = all(document, '.wide');
function sign() {
  for (const box of wide) {
    const rest = box.scrollWidth - box.clientWidth - box.scrollLeft;
    box.previousElementSibling.hidden = box.scrollWidth - box.clientWidth < 2;
    box.classList.toggle('cut', rest > 1);
  }
}
for (const box of wide) box.addEventListener('scroll', sign, { passive: true });
window.addEventListener('resize', sign);

// Copy buttons.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (refused) {
    const area = element('textarea', 'away');
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}
for (const button of all(document, 'button.copy')) {
  const words = button.textContent;
  button.addEventListener('click', async () => {
    const done = await copy(button.dataset.copy);
    button.focus();
    button.textContent = done ? data.words.copied : data.words['copy-failed'];
    say(button.textContent);
    setTimeout(() => { button.textContent = words; }, 1600);
  });
}

// Tables of keys: groups that open down to single keys, a search, filters by state.
function keyTable(box) {
  const groups = all(box, 'tr.group');
  const keys = data.tables[Number(box.dataset.table)];
  const search = box.querySelector('input');
  const filters = all(box, 'button.filter');
  let state = '';
  const children = groups.map(() => []);
  box.querySelector('table').setAttribute('role', 'treegrid');

  function open(at, words) {
    close(at);
    const matching = keys[at].filter((key) => !words || folded(key[0]).includes(words));
    const right = all(groups[at], 'td').map((cell) => cell.classList.contains('right'));
    let last = groups[at];
    const put = (row) => { last.after(row); children[at].push(row); last = row; };
    for (const key of matching.slice(0, SHOWN)) {
      const row = element('tr', 'single');
      row.setAttribute('aria-level', '2');
      const name = element('th', 'key', key[0]);
      name.scope = 'row';
      row.append(name, element('td'));
      key.slice(1).forEach((text, column) => {
        row.append(element('td', right[column + 1] ? 'right' : '', text));
      });
      put(row);
    }
    if (matching.length > SHOWN) {
      const row = element('tr', 'single');
      const rest = String(matching.length - SHOWN);
      const cell = element('td', 'dim', data.words['more-keys'].replace('{count}', rest));
      cell.colSpan = right.length + 1;
      row.append(cell);
      put(row);
    }
    groups[at].setAttribute('aria-expanded', 'true');
  }
  function close(at) {
    children[at].splice(0).forEach((row) => row.remove());
    if (groups[at].classList.contains('many')) groups[at].setAttribute('aria-expanded', 'false');
  }
  function show() {
    const words = folded(search.value.trim());
    let found = 0;
    groups.forEach((row, at) => {
      const hits = words ? keys[at].filter((key) => folded(key[0]).includes(words)).length
        : keys[at].length;
      const visible = hits > 0 && (!state || row.dataset.state === state);
      row.hidden = !visible;
      close(at);
      if (!visible) return;
      found += hits;
      if (words && row.classList.contains('many')) open(at, words);
    });
    const total = keys.reduce((sum, group) => sum + group.length, 0);
    box.querySelector('.found').textContent =
      words || state ? data.words.shown.replace('{count}', `${found} / ${total}`) : '';
  }
  groups.forEach((row, at) => {
    if (!row.classList.contains('many')) return;
    row.tabIndex = 0;
    row.setAttribute('aria-level', '1');
    row.setAttribute('aria-expanded', 'false');
    const toggle = () => (children[at].length ? close(at) : open(at, folded(search.value.trim())));
    row.addEventListener('click', toggle);
    row.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        toggle();
      } else if (event.key === 'Escape') {
        close(at);
      }
    });
  });
  search.addEventListener('input', show);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { search.value = ''; show(); }
  });
  for (const button of filters) {
    button.addEventListener('click', () => {
      state = state === button.dataset.state ? '' : button.dataset.state;
      filters.forEach((one) => {
        one.setAttribute('aria-pressed', String(one.dataset.state === state));
      });
      show();
    });
  }
  box.querySelector('.tools').hidden = false;
  return (words) => {
    search.value = words;
    if (state) filters.find((one) => one.dataset.state === state).click();
    show();
    search.scrollIntoView({ block: 'center' });
    search.focus();
  };
}
const searches = all(document, '.keys').map(keyTable);

// Tables of files: a search.
for (const box of all(document, '.rows')) {
  const rows = all(box, 'tr.row');
  const search = box.querySelector('input');
  const show = () => {
    const words = folded(search.value.trim());
    rows.forEach((row) => { row.hidden = !folded(row.textContent).includes(words); });
    const found = rows.filter((row) => !row.hidden).length;
    box.querySelector('.found').textContent =
      words ? data.words.shown.replace('{count}', `${found} / ${rows.length}`) : '';
  };
  search.addEventListener('input', show);
  search.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { search.value = ''; show(); }
  });
  box.querySelector('.tools').hidden = false;
}

// Trees: a row opens the rows one level below it.
for (const box of all(document, '.tree')) {
  const rows = all(box, 'tr.row');
  const depth = (row) => Number(row.dataset.depth);
  box.querySelector('table').setAttribute('role', 'treegrid');
  rows.forEach((row, at) => {
    row.hidden = depth(row) > 0;
    row.setAttribute('aria-level', String(depth(row) + 1));
    if (!rows[at + 1] || depth(rows[at + 1]) <= depth(row)) return;
    const toggle = (open) => {
      row.setAttribute('aria-expanded', String(open));
      for (let next = at + 1; next < rows.length && depth(rows[next]) > depth(row); next += 1) {
        if (!open || depth(rows[next]) === depth(row) + 1) rows[next].hidden = !open;
        if (!open && rows[next].hasAttribute('aria-expanded')) {
          rows[next].setAttribute('aria-expanded', 'false');
        }
      }
    };
    const isOpen = () => row.getAttribute('aria-expanded') === 'true';
    row.classList.add('many');
    row.tabIndex = 0;
    toggle(false);
    row.addEventListener('click', () => toggle(!isOpen()));
    row.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        toggle(!isOpen());
      } else if (event.key === 'Escape') {
        toggle(false);
      }
    });
  });
}

// Treemaps and charts: one stop of the Tab key each; arrows go through the marks.
function drawing(svg) {
  const marks = all(svg, '.tile');
  const words = marks.map((mark) => {
    const title = mark.querySelector('title');
    const text = title.textContent;
    title.remove(); // the browser would show it beside our own
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', text);
    return text;
  });
  const section = svg.closest('section');
  let at = -1;

  function show(number) {
    if (at >= 0) marks[at].classList.remove('here');
    at = number;
    tip.hidden = at < 0;
    if (at < 0) return;
    marks[at].classList.add('here');
    tip.textContent = words[at];
    const box = marks[at].getBoundingClientRect();
    const own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(4, box.left), document.documentElement.clientWidth - own.width - 4);
    const below = box.bottom + own.height + 10 < window.innerHeight;
    tip.style.left = `${Math.max(4, left) + window.scrollX}px`;
    tip.style.top = `${(below ? box.bottom + 6 : box.top - own.height - 6) + window.scrollY}px`;
  }
  function look(number) {
    const box = section && section.querySelector('.keys');
    const table = box || document.querySelector('.keys');
    if (table && marks[number].dataset.key) {
      show(-1);
      searches[all(document, '.keys').indexOf(table)](marks[number].dataset.key);
    }
  }
  marks.forEach((mark, number) => {
    mark.addEventListener('pointerenter', () => show(number));
    mark.addEventListener('click', () => look(number));
  });
  svg.addEventListener('pointerleave', () => show(-1));
  svg.addEventListener('blur', () => show(-1));
  svg.addEventListener('keydown', (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      show((at + steps[event.key] + marks.length) % marks.length);
      say(words[at]);
    } else if (event.key === 'Home' || event.key === 'End') {
      event.preventDefault();
      show(event.key === 'Home' ? 0 : marks.length - 1);
      say(words[at]);
    } else if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      look(at);
    } else if (event.key === 'Escape') {
      show(-1);
    }
  });
}
all(document, 'svg[data-marks]').forEach(drawing);
sign();
