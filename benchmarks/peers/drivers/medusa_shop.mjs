// Medusa's inventory module: three items are reserved under the lock of its locking module, as its own workflow does
// before it makes an order. No order is made. It speaks what serving.py describes; its clients are promises.

import { writeSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { createInterface } from "node:readline"

const home = process.env.BENCH_HOME
const require = createRequire(join(home, "package.json"))
const { MedusaApp } = require("@medusajs/framework/modules-sdk")
const { ContainerRegistrationKeys, MedusaError, Modules } = require("@medusajs/framework/utils")
const { logger } = require("@medusajs/framework/logger")

const PLACE = "W1"
const AT_ONCE = 100
let app, inventory, locking, ids

process.stdout.write = (...words) => process.stderr.write(...words)

async function start(url) {
  const database = { clientUrl: url, driverOptions: { connection: { ssl: false } }, pool: { min: 0, max: 10 } }
  app = await MedusaApp({
    modulesConfig: {
      [Modules.INVENTORY]: { resolve: "@medusajs/inventory" },
      [Modules.LOCKING]: { resolve: "@medusajs/locking" },
    },
    sharedResourcesConfig: { database },
    injectedDependencies: { [ContainerRegistrationKeys.LOGGER]: logger },
    cwd: home,
  })
  inventory = app.modules[Modules.INVENTORY]
  locking = app.modules[Modules.LOCKING]
}

async function place(products) {
  // In one order for all: the lock takes them one after another, and who holds one waits for the next.
  const wanted = products.map((sku) => ids.get(sku)).sort()
  const rows = wanted.map((id) => ({ inventory_item_id: id, location_id: PLACE, quantity: 1 }))
  try {
    await locking.execute(wanted, () => inventory.createReservationItems(rows))
    return "placed"
  } catch (error) {
    return error.type === MedusaError.Types.NOT_ALLOWED ? "refused" : error.name
  }
}

function three(products) {
  const found = new Set()
  while (found.size < 3) found.add(products[Math.floor(Math.random() * products.length)])
  return [...found]
}

async function several(products, count) {
  for (let n = 0; n < count; n++) {
    const ended = await place(three(products))
    if (ended !== "placed") throw new Error(`an order of what there is plenty of ended in ${ended}`)
  }
}

function together(threads, work) {
  return Promise.all(Array.from({ length: threads }, (_, n) => work(n)))
}

function until(moment) {
  return new Promise((go) => setTimeout(go, Math.max(0, moment * 1000 - Date.now())))
}

async function buy(products, begin, seconds) {
  const waits = []
  const errors = {}
  await until(begin)
  while (Date.now() < (begin + seconds) * 1000) {
    const asked = performance.now()
    const ended = await place(three(products))
    if (ended === "placed") waits.push(performance.now() - asked)
    else errors[ended] = (errors[ended] ?? 0) + 1
  }
  return { waits, errors, rate: waits.length / (Date.now() / 1000 - begin) }
}

function added(counts) {
  const sum = {}
  for (const count of counts)
    for (const [name, number] of Object.entries(count)) sum[name] = (sum[name] ?? 0) + number
  return sum
}

const verbs = {
  async versions() {
    const names = ["@medusajs/inventory", "@medusajs/locking"]
    const found = names.map((name) => [name, require(join(home, "node_modules", name, "package.json")).version])
    return { ...Object.fromEntries(found), "Node.js": process.versions.node }
  },
  async prepare({ url, stock }) {
    await start(url)
    await app.runMigrations()
    const all = Object.entries(stock)
    for (let n = 0; n < all.length; n += AT_ONCE) {
      const some = all.slice(n, n + AT_ONCE)
      const items = await inventory.createInventoryItems(some.map(([sku]) => ({ sku })))
      const pieces = new Map(some)
      await inventory.createInventoryLevels(
        items.map((item) => ({
          inventory_item_id: item.id,
          location_id: PLACE,
          stocked_quantity: pieces.get(item.sku),
        })),
      )
    }
    return null
  },
  async open({ url, products, threads }) {
    await start(url)
    const items = await inventory.listInventoryItems({}, { select: ["id", "sku"], take: null })
    ids = new Map(items.map((item) => [item.sku, item.id]))
    await together(threads, () => several(products, 3))
    return null
  },
  async rate({ products, threads, start: begin, seconds }) {
    const found = await together(threads, () => buy(products, begin, seconds))
    return {
      rate: found.reduce((sum, one) => sum + one.rate, 0),
      waits: found.flatMap((one) => one.waits),
      errors: added(found.map((one) => one.errors)),
    }
  },
  async rush({ product, orders, threads, start: begin }) {
    return added(
      await together(threads, async () => {
        const ended = {}
        await until(begin)
        for (let n = 0; n < Math.floor(orders / threads); n++) {
          const how = await place([product])
          ended[how] = (ended[how] ?? 0) + 1
        }
        return ended
      }),
    )
  },
  async count({ products, orders }) {
    await several(products, orders)
    return { statements: 0, commits: 0 } // PostgreSQL's are counted on the wire
  },
  async promised({ product }) {
    return Number(await inventory.retrieveReservedQuantity(ids.get(product), [PLACE]))
  },
}

for await (const line of createInterface({ input: process.stdin })) {
  const { do: verb, ...words } = JSON.parse(line)
  let said
  try {
    said = { answer: await verbs[verb](words) }
  } catch (error) {
    console.error(error)
    said = { failed: `${error.name}: ${error.message}` }
  }
  writeSync(1, JSON.stringify(said) + "\n")
}
process.exit(0)
