// Stands in for node:child_process where a library loads it for what this program never does.
module.exports = {};
