// peer.js KIND - peers of the benchmark for Node.js: the packages postgres and mysql2; bench/peer.h tells how they talk.
'use strict'
const readline = require('readline')

const persons = 100000
const kinds = { postgres: openPostgres, mysql2: openMysql2 }

// A unix socket, postgresql://user:password@/database?host=/folder&port=1, is no URL to Node.js.
function openPostgres(uri, table, connections) {
  const at = new URL(uri.replace('@/', '@localhost/'))
  const sql = require('postgres')({
    host: at.searchParams.get('host') || at.hostname,
    port: Number(at.searchParams.get('port') || at.port || 5432),
    user: decodeURIComponent(at.username),
    password: decodeURIComponent(at.password),
    database: at.pathname.slice(1),
    max: connections,
    onnotice: () => {}
  })
  return async (id) => (await sql`SELECT name FROM ${sql(table)} WHERE id = ${id}`)[0].name
}

function openMysql2(uri, table, connections) {
  const at = new URL(uri)
  const pool = require('mysql2/promise').createPool({
    host: at.hostname,
    port: Number(at.port || 3306),
    socketPath: at.searchParams.get('unix_socket') || undefined,
    user: decodeURIComponent(at.username),
    password: decodeURIComponent(at.password),
    database: at.pathname.slice(1),
    connectionLimit: connections
  })
  return async (id) => (await pool.execute(`SELECT name FROM ${table} WHERE id = ?`, [id]))[0][0].name
}

async function once(ask) {
  const id = 1 + Math.floor(Math.random() * persons)
  const name = await ask(id)
  if (name !== `person number ${String(id % 1000000).padStart(6, '0')}`) throw new Error('a wrong answer')
}

async function keepAsking(ask, end, took) {
  let now = performance.now()
  do { // once at least, however late it is
    const began = now
    await once(ask)
    now = performance.now()
    took.push((now - began) * 1e3)
  } while (now < end)
}

async function work(ask, ms, inFlight) {
  const took = []
  const used = process.cpuUsage()
  const began = performance.now()
  await Promise.all(Array.from({ length: inFlight }, () => keepAsking(ask, began + ms, took)))
  const lasted = performance.now() - began
  const { user, system } = process.cpuUsage(used)
  const n = took.length
  took.sort((a, b) => a - b)
  return [(n * 1e3) / lasted, (user + system) / n, took[n >> 1], took[Math.floor((n * 99) / 100)]].join(' ')
}

async function main() {
  const kind = process.argv[2]
  let ask
  console.log(`here ${kind}.js`)
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const words = line.split(' ')
    try {
      if (words[0] === 'open') {
        ask = kinds[kind](words[1], words[2], Number(words[3]))
        console.log('open')
      } else {
        console.log(await work(ask, Number(words[0]), Number(words[1])))
      }
    } catch (error) {
      console.log(`failed ${String(error).replace(/\s+/g, ' ').slice(0, 200)}`)
    }
  }
  process.exit(0)
}

main()
