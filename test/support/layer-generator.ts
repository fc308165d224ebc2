/** The benchmark generates the same layers, and scripts may not import tests: so it lives there. */
export { generateLayers, layerOf, payrollFacts } from '#scripts/bench/layer-generator.ts';
