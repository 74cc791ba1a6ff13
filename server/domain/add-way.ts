/** WeCom's add_way in words; null for what WeCom does not tell, or tells without meaning (document/path/92114). */
export function addWayText(addWay: number | null): string | null {
  return addWayWords[addWay ?? 0] ?? null
}

const addWayWords: Readonly<Record<number, string>> = {
  1: '扫码添加',
  2: '搜索手机号添加',
  3: '名片分享添加',
  4: '群聊添加',
  5: '手机通讯录添加',
  6: '微信联系人添加',
  9: '搜索邮箱添加',
  10: '视频号添加',
  16: '获客链接添加',
  24: '接受好友申请添加',
  201: '同事共享',
  202: '管理员分配',
}
