import type { DefaultTreeAdapterTypes } from 'parse5'

export type Node = DefaultTreeAdapterTypes.Node
export type Element = DefaultTreeAdapterTypes.Element

/** Children, those of a <template> excepted: they are not shown. */
export function childrenOf(node: Node): readonly DefaultTreeAdapterTypes.ChildNode[] {
  return 'childNodes' in node ? node.childNodes : []
}

export function isElement(node: Node): node is Element {
  return 'tagName' in node
}

export function isText(node: Node): node is DefaultTreeAdapterTypes.TextNode {
  return node.nodeName === '#text'
}

/** null: it has none, or an empty one. */
export function attributeOf(element: Element, name: string): string | null {
  return element.attrs.find((attribute) => attribute.name === name)?.value.trim() || null
}

/** The text inside, as it stands. */
export function textIn(node: Node): string {
  return isText(node) ? node.value : childrenOf(node).map(textIn).join('')
}

/** One declaration of a style attribute, in small letters: font-weight, display. */
export function styleOf(element: Element, property: string): string | null {
  const declarations = (attributeOf(element, 'style') ?? '').toLowerCase().split(';')
  const found = declarations.map((each) => each.split(':')).find(([name = '']) => name.trim() === property)
  return found?.slice(1).join(':').replace('!important', '').trim() || null
}
