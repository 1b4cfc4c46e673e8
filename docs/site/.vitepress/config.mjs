// The site of the documentation. Its pages are the Markdown files of the repository, unchanged: the
// README is the start page, docs/guide.md is /guide, and so on. See CONTRIBUTING.md, Documentation.
import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitepress'

const site = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const root = resolve(site, '../..')

/** The pages outside of docs, and their addresses. */
const outside = {
  'README.md': 'index.md',
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'SECURITY.md': 'report.md',
  'benchmarks/README.md': 'benchmarks.md',
}

/** Where the sources are shown, for links to them; without it such a link is plain text. */
const sources = process.env.WEIR_SOURCES

const pages = { ...outside }

function addressOf(file) {
  const page = outside[file] ?? (/^docs\/[^/]+\.md$/.test(file) ? file.slice('docs/'.length) : undefined)
  return page && '/' + page.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')
}

/** GitHub's anchors, so that a link works in both places. */
function slugify(text) {
  return text
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}

/** Turns links between files into links between pages. */
function rewriteLinks(md) {
  const before = md.renderer.rules.link_open
  md.core.ruler.push('links-of-files', (state) => {
    const from = relative(root, state.env.realPath ?? state.env.path)
    for (const block of state.tokens) {
      const open = []
      for (const token of block.children ?? []) {
        if (token.type === 'link_open') {
          token.meta = rewritten(from, token)
          open.push(token)
        } else if (token.type === 'link_close') {
          if (open.pop().tag === 'span') token.tag = 'span'
        }
      }
    }
  })
  return before
}

function rewritten(from, link) {
  const href = link.attrGet('href')
  if (/^([a-z]+:|#)/.test(href)) return
  const [path, anchor] = decodeURI(href).split('#')
  const file = relative(root, resolve(root, dirname(from), path))
  const page = addressOf(file)
  if (page && existsSync(resolve(root, file))) {
    link.attrSet('href', page + (anchor ? '#' + anchor : ''))
  } else if (!page && sources) {
    link.attrSet('href', `${sources}/${file}`)
  } else {
    link.tag = 'span'
    link.attrs = []
  }
}

/** The pages import Vue, but are outside of the folder whose node_modules has it. */
const vueOfTheSite = {
  name: 'vue-of-the-site',
  enforce: 'pre',
  resolveId(id, importer, options) {
    if (!/^vue(\/|$)/.test(id) || !importer || importer.startsWith(site)) return null
    return this.resolve(id, resolve(site, 'package.json'), { ...options, skipSelf: true })
  },
}

const page = (text, file) =>
  existsSync(resolve(root, file)) ? [{ text, link: addressOf(file) }] : []

export default defineConfig({
  title: 'Weir',
  description: 'The streams of asyncio for the JVM',
  lang: 'en',
  srcDir: root,
  srcExclude: ['**/target/**', '**/node_modules/**', 'docs/*/**'],
  rewrites: { ...pages, 'docs/:page': ':page' },
  outDir: resolve(root, 'docs/site/dist'),
  vite: { plugins: [vueOfTheSite] },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    anchor: { slugify },
    config: rewriteLinks,
    headers: { slugify },
    languageAlias: { kts: 'kotlin' },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/guide' },
      ...page('Cookbook', 'docs/cookbook.md'),
      { text: 'Java API', link: '/api/java/index.html', target: '_self' },
      { text: 'Kotlin API', link: '/api/kotlin/index.html', target: '_self' },
    ],
    sidebar: [
      {
        text: 'Using Weir',
        items: [
          { text: 'Start', link: '/' },
          ...page('Guide', 'docs/guide.md'),
          ...page('Cookbook', 'docs/cookbook.md'),
          ...page('Samples', 'docs/samples.md'),
          ...page('Observation', 'docs/observation.md'),
          ...page('Security', 'docs/security.md'),
          ...page('Performance', 'docs/performance.md'),
        ],
      },
      {
        text: 'Coming from',
        items: [
          ...page('asyncio', 'docs/asyncio.md'),
          ...page('Netty', 'docs/netty.md'),
          ...page('Vert.x', 'docs/vertx.md'),
          ...page('Ktor', 'docs/ktor.md'),
        ],
      },
      {
        text: 'How it works',
        items: [
          ...page('Architecture', 'docs/architecture.md'),
          ...page('States', 'docs/states.md'),
          ...page('Channels', 'docs/channels.md'),
          ...page('Faults', 'docs/faults.md'),
          ...page('Memory', 'docs/memory.md'),
          ...page('Benchmarks', 'benchmarks/README.md'),
        ],
      },
      {
        text: 'The project',
        items: [
          ...page('Contributing', 'CONTRIBUTING.md'),
          ...page('Changes', 'CHANGELOG.md'),
          ...page('Releasing', 'docs/releasing.md'),
          ...page('Reporting a vulnerability', 'SECURITY.md'),
        ],
      },
    ],
  },
})
