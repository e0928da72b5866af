/** MSAL, loaded where a token is asked for and nowhere earlier. */

export const loadMsal = () => import('@azure/msal-node')
