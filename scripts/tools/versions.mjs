// Exact versions of the tools in the recipes of docs/recipes-deploy.md, which examples/deploy/ also uses.

/** The npm packages of the recipes. */
export const TOOLS = {
  'netlify-cli': '27.10.2',
  next: '16.4.6',
  pinata: '2.5.6',
  vercel: '58.10.0',
  wrangler: '4.164.0',
}

/** Other packages that Next.js needs for an application with TypeScript. */
export const WITH_NEXT = ['react@19.3.1', 'react-dom@19.3.1', 'typescript@5.9.3', '@types/react@19', '@types/node@24']
