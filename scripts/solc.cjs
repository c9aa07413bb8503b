// Speaks the command line of solc (--version, --standard-json) over the WebAssembly compiler from npm,
// because the native compiler's download host is not reachable everywhere. Same compiler, same bytecode.
const fs = require("fs");
const path = require("path");
const solc = require("solc");

const args = process.argv.slice(2);
const values = (flag) =>
  args.flatMap((arg, i) => (arg === flag ? [args[i + 1]] : arg.startsWith(flag + "=") ? [arg.slice(flag.length + 1)] : []));

if (args.includes("--version")) {
  const version = solc.version().replace(".Emscripten.clang", ".Linux.g++");
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
} else if (args.includes("--standard-json")) {
  const roots = [...values("--base-path"), ...values("--include-path"), process.cwd(), path.join(__dirname, "..", "node_modules")];
  const find = (name) => {
    const file = [name, ...roots.map((root) => path.join(root, name))].find((f) => fs.existsSync(f));
    return file ? { contents: fs.readFileSync(file, "utf8") } : { error: `file not found: ${name}` };
  };
  process.stdout.write(solc.compile(fs.readFileSync(0, "utf8"), { import: find }) + "\n");
} else {
  process.stderr.write("this solc understands --version and --standard-json\n");
  process.exit(1);
}
