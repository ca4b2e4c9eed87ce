// What the catalog needs to read a zstd Parquet file: its description, its columns, and the decompressor.
export { parquetMetadata, parquetRead, parquetSchema } from "hyparquet";
export { decompress } from "fzstd";
