// Asks the npm package `mrz` about documents: one JSON array of lines on each line of standard input, one answer a line.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const { parse } = await import(pathToFileURL(process.argv[2]));

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line))));
}

function answer(lines) {
  try {
    const { format, valid, details, documentNumber } = parse(lines);
    const fields = Object.fromEntries(details.map((one) => [one.field, { value: one.value, valid: one.valid }]));
    return { format, valid, fields, documentNumber };
  } catch (error) {
    return { format: null, valid: false, fields: {}, documentNumber: null, error: error.message };
  }
}
