#!/usr/bin/env node
'use strict';
// kubectl asks this file what may follow `kubectl vpccni`, and reads the answer as it reads Cobra's.
require('./start.js').run(['__complete', ...process.argv.slice(2)], 'kubectl vpccni');
