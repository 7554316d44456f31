// dom.js
//	Building the page.  What comes from outside becomes text, in text nodes and
//	in attributes that mean nothing but text; nothing here takes markup.

export const byId = (id) => document.getElementById(id);

// Functions among the attributes are listeners; false and null leave one out.
export function element(name, attributes = {}, ...children) {
	const made = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		if (typeof value === 'function')
			made.addEventListener(key, value);
		else if (value !== false && value !== null && value !== undefined)
			made.setAttribute(key, value === true ? '' : value);
	}
	made.append(...children.filter((child) => child !== null && child !== undefined));
	return made;
}

// What others wrote cannot change how the text around it reads: it has a direction
// of its own, and nothing in it that would turn the rest around.
const TURNING = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu;
export const clean = (text) => String(text).replace(/[\t\r\n]/g, ' ').replace(TURNING, '\ufffd');
export const foreign = (text) => element('bdi', {}, clean(text));

export function button(label, onClick, attributes = {}) {
	return element('button', { type: 'button', click: onClick, ...attributes }, label);
}

// While something runs that must not be started twice.  The button stays where
// the focus is: a disabled one would lose it.
export async function busy(control, work) {
	if (control.getAttribute('aria-disabled') === 'true')
		return;
	control.setAttribute('aria-disabled', 'true');
	try {
		await work();
	} finally {
		control.removeAttribute('aria-disabled');
	}
}

// A table that becomes a list of cards where there is no room: the roles say
// what it is when the style sheet has taken its boxes apart.  Cells are
// elements, or text that others wrote.
export function table(caption, columns, rows) {
	const cell = (content, index) => element('td', { role: 'cell', 'data-label': columns[index] },
		typeof content === 'string' ? foreign(content) : content ?? '–');
	return element('table', { role: 'table' },
		element('caption', { class: 'unseen' }, caption),
		element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' },
			...columns.map((column) => element('th', { role: 'columnheader', scope: 'col' }, column)))),
		element('tbody', { role: 'rowgroup' },
			...rows.map((row) => element('tr', { role: 'row' }, ...row.map(cell)))));
}

// "Previous", "Next" and what is shown; hidden when there is but one page.
export function pager(id, onStep) {
	const group = byId(id);
	const [back, on] = group.querySelectorAll('button');
	const range = group.querySelector('.range');
	for (const control of [back, on]) {
		control.addEventListener('click', () => {
			if (control.getAttribute('aria-disabled') !== 'true')
				onStep(Number(control.dataset.step));
		});
	}
	return ({ hasPrevious, hasNext, text }) => {
		back.setAttribute('aria-disabled', String(!hasPrevious));
		on.setAttribute('aria-disabled', String(!hasNext));
		range.textContent = text;
		group.hidden = !hasPrevious && !hasNext;
	};
}
