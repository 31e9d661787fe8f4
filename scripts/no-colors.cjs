// Stands in for the colours cli-table3 would load on its own: tables are painted by the theme, and start-up is for the user.
module.exports = {};
