#!/usr/bin/env node
'use strict';
require('./start.js').run(process.argv.slice(2), 'kubectl vpccni');
