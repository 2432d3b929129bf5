// As unit.c, in a node process of its own.
process.stdout.write("R");
process.stdin.on("data", () => process.stdout.write("A"));
process.stdin.on("end", () => process.exit(0));
