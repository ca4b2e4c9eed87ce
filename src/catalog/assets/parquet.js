/**
 * The address of a Parquet file in, its columns out: texts as they are, days as "YYYY-MM-DD", moments as ISO 8601,
 * integers of every width as numbers, and null for empty cells.
 *
 * The file is fetched as a whole: the tables of a release are small, so requests for their parts would cost more, and a
 * plain file server need not support ranges. Reading blocks its thread; large tables are read in a worker.
 */

import { decompress, parquetMetadata, parquetRead, parquetSchema } from "./vendor/parquet.js";

// A text that begins with a byte-order mark keeps it: what is shown and downloaded is what was published.
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const PARSERS = {
  stringFromBytes: (bytes) => bytes && UTF8.decode(bytes),
  dateFromDays: (days) => (days == null ? null : new Date(days * 86_400_000).toISOString().slice(0, 10)),
  timestampFromMilliseconds: (at) => (at == null ? null : new Date(Number(at)).toISOString()),
  timestampFromMicroseconds: (at) => (at == null ? null : new Date(Number(at / 1000n)).toISOString()),
  timestampFromNanoseconds: (at) => (at == null ? null : new Date(Number(at / 1000000n)).toISOString()),
};
const COMPRESSORS = { ZSTD: (content, size) => decompress(content, new Uint8Array(size)) };

/**
 * Read a table from the address of its Parquet file.
 *
 * @param {string | URL} url
 * @param {string[]} [columns] the columns wanted, all where none are named; a column that the file lacks is all null
 * @returns {Promise<Record<string, Array<string | number | boolean | null>>>} each column's cells, by its name
 * @throws {Error} where the file cannot be fetched or is not a Parquet file
 */
export async function readTable(url, columns) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return tableIn(await answer.arrayBuffer(), columns);
}

/**
 * Read a table from the bytes of a Parquet file.
 *
 * @param {ArrayBuffer} content
 * @param {string[]} [columns] as for readTable
 * @returns {Promise<Record<string, Array<string | number | boolean | null>>>}
 * @throws {Error} where it is not a Parquet file
 */
export async function tableIn(content, columns) {
  const metadata = parquetMetadata(content);
  const there = parquetSchema(metadata).children.map(({ element }) => element.name);
  const length = Number(metadata.num_rows);
  const table = Object.fromEntries((columns ?? there).map((name) => [name, new Array(length).fill(null)]));
  const wanted = there.filter((name) => name in table);
  if (!wanted.length || !length) return table;
  await parquetRead({
    file: { byteLength: content.byteLength, slice: (from, to) => content.slice(from, to) },
    metadata,
    columns: wanted,
    parsers: PARSERS,
    compressors: COMPRESSORS,
    onChunk: ({ columnName, columnData, rowStart }) => fill(table[columnName], columnData, rowStart),
  });
  return table;
}

function fill(column, cells, from) {
  for (let index = 0; index < cells.length; index += 1) {
    const cell = cells[index] ?? null;
    column[from + index] = typeof cell === "bigint" ? Number(cell) : cell;
  }
}
