/** In the place of Cucumber's own report: what a run has to say, the plugin says at its end. */
export default { type: 'formatter', formatter() {} };
