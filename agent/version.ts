/** The version in package.json; a test keeps both equal. */
export const VERSION = '1.0.0';
