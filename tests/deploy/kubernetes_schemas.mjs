// node kubernetes_schemas.mjs FOLDER: each line of standard input, an object of Kubernetes in JSON, against the schema of
// its kind, from the packages in FOLDER/node_modules: they were made from Kubernetes' and the Prometheus operator's own.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = process.argv[2];
let faults = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const object = JSON.parse(line);
  const { apiVersion, kind } = object;
  const source = apiVersion.includes("coreos.com") ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
  const kinds = await import(pathToFileURL(`${folder}/node_modules/${source}/${apiVersion}/index.js`));
  try {
    new kinds[kind](object).validate();
  } catch (error) {
    console.log(`${kind}: ${error.message}`);
    ++faults;
  }
}
process.exit(faults === 0 ? 0 : 1);
