// Reads repositories with isomorphic-git: a path a line comes in, what was found goes out as a line of JSON.
// Every object that the branch reaches is read; those that were read in an earlier look are not read again.
import node from "node:fs";
import readline from "node:readline";
import git from "isomorphic-git";

// It refreshes git's index when it looks at files, in place and without git's lock: others find it empty meanwhile.
const fs = { promises: { ...node.promises, writeFile: async () => {} } };
const read = new Set();

async function walk(dir, oid, prefix, files, cache) {
  const { tree } = await git.readTree({ fs, dir, oid, cache });
  for (const entry of tree) {
    const path = prefix + entry.path;
    if (entry.type === "tree") {
      await walk(dir, entry.oid, `${path}/`, files, cache);
    } else {
      const known = read.has(entry.oid) && files === null;
      if (!known) {
        const { blob } = await git.readBlob({ fs, dir, oid: entry.oid, cache });
        if (files !== null) files[path] = Buffer.from(blob).toString("base64");
        read.add(entry.oid);
      }
    }
  }
}

async function look(dir) {
  const cache = {};
  const log = await git.log({ fs, dir, ref: "main", cache });
  const files = {};
  for (const [rank, { oid, commit }] of log.entries()) {
    if (rank === 0) await walk(dir, commit.tree, "", files, cache);
    else if (!read.has(oid)) await walk(dir, commit.tree, "", null, cache);
    read.add(oid);
  }
  const status = await git.statusMatrix({ fs, dir, cache });
  const unclean = status.filter(([, head, work, stage]) => head !== 1 || work !== 1 || stage !== 1);
  return { commits: log.map(({ oid }) => oid).reverse(), files, unclean: unclean.map(([path]) => path) };
}

for await (const dir of readline.createInterface({ input: process.stdin })) {
  let found;
  try {
    found = await look(dir);
  } catch (error) {
    found = { error: `${error.code ?? error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
