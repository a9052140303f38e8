// As much of jQuery as the page of OPNsense calls.
function $(what) {
	const nodes = typeof what === "string" ? [...document.querySelectorAll(what)] : [what];
	return {
		ready(run) { document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", run) : run(); },
		click(run) { nodes.forEach((node) => node.addEventListener("click", run)); },
		removeClass(name) { nodes.forEach((node) => node.classList.remove(name)); },
		val() { return nodes[0].value; },
	};
}
$.ajax = (call) => {
	const headers = { "X-Requested-With": "XMLHttpRequest", "Accept": "application/json, text/javascript, */*; q=0.01" };
	const answer = fetch(call.url, { method: call.type, headers, body: new URLSearchParams(call.data) }).then((response) => response.json());
	return { done(run) { answer.then(run); } };
};
