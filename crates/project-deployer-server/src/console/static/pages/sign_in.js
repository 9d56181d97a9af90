import { send } from "../api.js";
import { field, form, h } from "../dom.js";

/** The page for who is not signed in. */
export function signIn(done) {
  const enter = body => send("POST", "/session", { body }).then(done);
  return [
    h("h1", {}, "Sign in"),
    h("section", { className: "card narrow" }, h("h2", {}, "With a password"), form("Sign in", [
      field("Login", { name: "login", autocomplete: "username", required: true }),
      field("Password", { name: "password", type: "password", autocomplete: "current-password", required: true }),
    ], ({ login, password }) => enter({ login, password }))),
    h("details", { className: "narrow" }, h("summary", {}, "With an API key"), form("Sign in with the key", [
      field("API key", { name: "apiKey", type: "password", autocomplete: "off", required: true }),
    ], ({ apiKey }) => enter({ apiKey }))),
  ];
}
