// Uploads a folder to Pinata as a directory under a name, or deletes the uploads under a name. Requires the pinata
// package, and the JWT of an API key that may upload, list, and delete files.
//   node site.mjs upload FOLDER NAME     prints cid=<the directory's CID>
//   node site.mjs delete NAME
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { PinataSDK } from 'pinata'

const pinata = new PinataSDK({ pinataJwt: process.env.PINATA_JWT })

async function upload(folder, name) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const paths = entries.filter(entry => entry.isFile()).map(entry => path.join(entry.parentPath, entry.name))
  const files = paths.map(async file => {
    const inFolder = path.relative(folder, file).replaceAll(path.sep, '/')
    return new File([await readFile(file)], inFolder)
  })
  // Pinata stores identical content once. Without this file, deleting the upload of one name could delete another's.
  const marker = new File([name], 'preview-name.txt')
  const { cid } = await pinata.upload.public.fileArray([...(await Promise.all(files)), marker]).name(name)
  console.log(`cid=${cid}`)
}

async function list(name) {
  const found = []
  // The filter for pr-7 may also match pr-70.
  for await (const file of pinata.files.public.list().name(name)) if (file.name === name) found.push(file.id)
  return found
}

async function remove(name) {
  await pinata.files.public.delete(await list(name))
  // The SDK does not throw if a file could not be deleted.
  const left = await list(name)
  if (left.length > 0) throw new Error(`Pinata still lists ${left.join(', ')}`)
}

const [command, ...values] = process.argv.slice(2)
if (command === 'upload' && values.length === 2) await upload(...values)
else if (command === 'delete' && values.length === 1) await remove(...values)
else throw new Error('Usage: node site.mjs upload FOLDER NAME, or node site.mjs delete NAME')
