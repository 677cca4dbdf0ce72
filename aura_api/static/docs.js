// Renders /openapi.json: operations with a form to try them, problem codes, shapes. Text only ever enters as text.
"use strict";

const element = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const pretty = (value) => JSON.stringify(value, null, 2);
const shapeName = (schema) => schema?.$ref?.split("/").pop() ?? (schema?.anyOf ?? []).map(shapeName).find(Boolean);

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return shapeName(schema);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  if (schema.enum) return schema.enum.join(" | ");
  return schema.const ?? schema.type ?? "any";
}

function exampleOf(schema, shapes) {
  const named = shapes[shapeName(schema)];
  return schema?.examples?.[0] ?? named?.examples?.[0];
}

function parameterTable(parameters, inputs) {
  const rows = parameters.map((parameter) => {
    const input = element("input", { "aria-label": parameter.name, placeholder: String(parameter.schema?.examples?.[0] ?? parameter.schema?.default ?? "") });
    inputs.set(parameter, input);
    const name = element("code", {}, parameter.name + (parameter.required ? " *" : ""));
    return element("tr", {}, element("td", {}, name), element("td", {}, typeOf(parameter.schema)), element("td", {}, parameter.description ?? ""), element("td", {}, input));
  });
  return element("table", {}, ...rows);
}

async function send(method, path, inputs, body, output) {
  const query = new URLSearchParams();
  let address = path;
  for (const [parameter, input] of inputs) {
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value) query.set(parameter.name, input.value);
  }
  const headers = {};
  const token = document.getElementById("token").value;
  if (token) headers.Authorization = `Bearer ${token}`;
  if (method !== "get") headers["Content-Type"] = "application/json";
  output.textContent = "…";
  try {
    const answer = await fetch(query.size ? `${address}?${query}` : address, { method: method.toUpperCase(), headers, body: body?.value || undefined });
    const text = await answer.text();
    let shown = text;
    try { shown = pretty(JSON.parse(text)); } catch { /* plain text */ }
    output.textContent = `${answer.status} ${answer.statusText}\n${shown}`;
  } catch (error) {
    output.textContent = String(error);
  }
}

function operationCard(method, path, operation, shapes) {
  const inputs = new Map();
  const card = element("details", { id: operation.operationId });
  card.append(element("summary", {}, element("span", { class: "method" }, method.toUpperCase()), element("span", { class: "path" }, path), ` — ${operation.summary}`));
  card.append(element("p", {}, operation.description ?? ""));
  if (operation.parameters?.length) card.append(parameterTable(operation.parameters, inputs));
  const wanted = operation.requestBody?.content?.["application/json"]?.schema;
  const body = wanted && element("textarea", { rows: "8", "aria-label": "body", spellcheck: "false" });
  if (body) {
    body.value = pretty(exampleOf(wanted, shapes) ?? {});
    card.append(element("p", {}, "Body: ", element("a", { href: `#shape-${shapeName(wanted)}` }, shapeName(wanted))), body);
  }
  const output = element("pre", {}, "");
  const button = element("button", { type: "button" }, "Send");
  button.addEventListener("click", () => send(method, path, inputs, body, output));
  card.append(button, output, answers(operation.responses, shapes));
  return card;
}

function answers(responses, shapes) {
  const rows = Object.entries(responses).map(([status, response]) => {
    const schema = Object.values(response.content ?? {})[0]?.schema;
    const name = shapeName(schema);
    const link = name ? element("a", { href: `#shape-${name}` }, name) : "";
    const example = status < "300" ? exampleOf(schema, shapes) : undefined;
    const cell = element("td", {}, response.description ?? "");
    if (example) cell.append(element("pre", {}, pretty(example)));
    return element("tr", {}, element("td", {}, status), element("td", {}, link), cell);
  });
  return element("table", {}, ...rows);
}

function shapeCard(name, shape) {
  const rows = Object.entries(shape.properties ?? {}).map(([field, schema]) =>
    element("tr", {}, element("td", {}, element("code", {}, field)), element("td", {}, typeOf(schema)), element("td", {}, schema.description ?? "")));
  return element("details", { id: `shape-${name}` }, element("summary", {}, name), element("p", {}, shape.description ?? ""), element("table", {}, ...rows));
}

function render(description) {
  const shapes = description.components.schemas;
  document.getElementById("about").textContent = `${description.info.description} Version ${description.info.version}.`;
  const groups = new Map((description.tags ?? []).map((tag) => [tag.name, element("section", {}, element("h2", {}, tag.name), element("p", {}, tag.description))]));
  for (const [path, methods] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(methods)) groups.get(operation.tags[0]).append(operationCard(method, path, operation, shapes));
  }
  document.getElementById("operations").replaceChildren(...groups.values());
  for (const problem of description["x-problems"]) {
    document.querySelector("#problems tbody").append(element("tr", { id: problem.code },
      element("td", {}, element("code", {}, problem.code)), element("td", {}, String(problem.status)), element("td", {}, problem.meaning)));
  }
  document.getElementById("shapes").replaceChildren(...Object.entries(shapes).sort().map(([name, shape]) => shapeCard(name, shape)));
}

function openTarget() {
  const target = document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
  target?.scrollIntoView();
}

addEventListener("hashchange", openTarget);
fetch("/openapi.json").then((answer) => answer.json()).then((description) => { render(description); openTarget(); });
