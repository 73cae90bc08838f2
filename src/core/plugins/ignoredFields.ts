import { isJsonObject } from "../../base/json.ts";

const mostTold = 20;

/**
 * The paths of fields that were written and are gone after reading, because no schema knows them:
 * `offers[0].facets.tool`. What was read as it is, such as a JSON Schema, has none. At most 20.
 */
export function ignoredFields(written: unknown, read: unknown, path = ""): string[] {
  if (Array.isArray(written) && Array.isArray(read)) {
    return written.flatMap((one, index) => ignoredFields(one, read[index], `${path}[${index}]`)).slice(0, mostTold);
  }
  if (!isJsonObject(written) || !isJsonObject(read)) return [];
  const found = Object.entries(written).flatMap(([name, value]) => {
    const place = path === "" ? name : `${path}.${name}`;
    return Object.hasOwn(read, name) ? ignoredFields(value, read[name], place) : [place];
  });
  return found.slice(0, mostTold);
}
