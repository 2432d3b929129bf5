// workerd's way to make an isolate on request: a worker nobody has asked for before is loaded, and answers.
export default {
  async fetch(request, environment) {
    const name = new URL(request.url).pathname.slice(1);
    if (name === "") return new Response("R");
    const worker = environment.LOADER.get(name, () => ({
      compatibilityDate: "2025-06-01",
      mainModule: "unit.js",
      modules: { "unit.js": "export default { fetch() { return new Response('A'); } };" },
      globalOutbound: null,
    }));
    return worker.getEntrypoint().fetch(request);
  },
};
