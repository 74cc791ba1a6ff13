import type { Stores } from '../../server/adapters/mongo/connect.ts'
import { qrPicture } from '../fake-tencent/qr-picture.ts'
import { minute } from './samples.ts'

/** Calls every method of the stores of pictures and contact codes. */
export async function useContentPictures({ pictures, contactCodes }: Stores): Promise<void> {
  const name = await pictures.put(qrPicture('c1'), minute(0))
  await pictures.get(name ?? '')
  const code = { state: 'a-slug', configId: 'c', qrCode: 'https://example.test/qr', picture: null }
  await contactCodes.claim(code.state, minute(1), minute(0))
  await contactCodes.claim(code.state, minute(1), minute(0))
  await contactCodes.save(code)
  await contactCodes.postpone(code.state, minute(9))
  await contactCodes.get(code.state)
}
