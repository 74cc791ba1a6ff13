import { randomBytes, randomUUID } from 'node:crypto'
import type { Config } from '../config/load.ts'
import type { Sentences } from './domain/sentences.ts'
import type { InboundSources } from '../webhooks/inbound/sources.ts'
import { deliveryReader } from '../webhooks/read.ts'
import { eventsOfSnapshot, snapshotDelivery } from '../webhooks/wechat-shop/reconciled.ts'
import { queriedDelivery } from '../webhooks/wechat-pay/delivery.ts'
import type { Stores } from './adapters/mongo/connect.ts'
import { composeContent } from './compose-content.ts'
import { composePrivacy } from './compose-privacy.ts'
import { composeSync } from './compose-sync.ts'
import type { Tencent } from './adapters/tencent/open.ts'
import { createForwarder } from './adapters/webhooks/forwarder.ts'
import { createWebhookSender } from './adapters/webhooks/sender.ts'
import { spacingsOf } from './domain/apart.ts'
import type { AppId } from './domain/ids.ts'
import type { NoticeSource } from './domain/notice.ts'
import type { Rule } from './domain/rule.ts'
import { fingerprint, printOfRules } from './fingerprint.ts'
import { webhookSignature } from './edge/webhook-signature.ts'
import { createWorker } from './jobs/worker.ts'
import type { Clock } from './ports/clock.ts'
import type { Inbox } from './ports/inbox.ts'
import type { Log } from './ports/log.ts'
import { createAddContent, createListMyContent } from './usecases/add-content.ts'
import { createAskPayments } from './usecases/ask-payments.ts'
import { createCountLinks } from './usecases/count-links.ts'
import { createCountShares } from './usecases/count-shares.ts'
import { createFindLinkWay } from './usecases/find-link-way.ts'
import { createSeeShares } from './usecases/see-shares.ts'
import { createAnnounceNews } from './usecases/announce-news.ts'
import { createBriefSalespeople } from './usecases/brief-salespeople.ts'
import { createClosePaidAlerts } from './usecases/close-paid-alerts.ts'
import { createCompleteOrders } from './usecases/complete-orders.ts'
import { createCompleteShop } from './usecases/complete-shop.ts'
import { createCreditMembers } from './usecases/credit-members.ts'
import { createCreatePayment, createListPayments } from './usecases/create-payment.ts'
import { createDropSettled } from './usecases/drop-settled.ts'
import { createEnforceRetention } from './usecases/enforce-retention.ts'
import { createExpireAlerts } from './usecases/expire-alerts.ts'
import { createFindMyCustomer } from './usecases/find-my-customer.ts'
import { createFindSubject } from './usecases/find-subject.ts'
import { createFollowContacts } from './usecases/follow-contacts.ts'
import { createGiveFeedback } from './usecases/give-feedback.ts'
import { createHandleDeliveries } from './usecases/handle-deliveries.ts'
import { createHandOverReminders } from './usecases/hand-over-reminders.ts'
import { createKeepNotes } from './usecases/keep-notes.ts'
import { createProposeSentences } from './usecases/propose-sentences.ts'
import { createRingReminders } from './usecases/ring-reminders.ts'
import { createTagCustomer } from './usecases/tag-customer.ts'
import { createViewGroupChat } from './usecases/view-group-chat.ts'
import { createViewPortrait } from './usecases/view-portrait.ts'
import { createHandOverAlerts } from './usecases/hand-over-alerts.ts'
import { createHoldMessages } from './usecases/hold-messages.ts'
import { createKnownFollowers } from './usecases/known-followers.ts'
import { createLearnNames } from './usecases/learn-names.ts'
import { createLinkIdentities } from './usecases/link-identities.ts'
import { createLetNoticesGo } from './usecases/let-notices-go.ts'
import { createListAlerts } from './usecases/list-alerts.ts'
import { createNoteSightings } from './usecases/note-sightings.ts'
import { namingCodes } from './usecases/name-codes.ts'
import { createNoteFollowers } from './usecases/note-followers.ts'
import { createNoteDeclared } from './usecases/note-declared.ts'
import { createNoteBeginnings } from './usecases/note-beginnings.ts'
import { createLookOn } from './usecases/look-on.ts'
import { createOpenAlerts } from './usecases/open-alerts.ts'
import { createPauseCustomer } from './usecases/pause-customer.ts'
import { createRecordedAnswers } from './usecases/recorded-answers.ts'
import { createRefreshDirectory } from './usecases/refresh-directory.ts'
import { createReconcileShop } from './usecases/reconcile-shop.ts'
import { createPassOnCallbacks } from './usecases/pass-on-callbacks.ts'
import { createRaiseAlerts } from './usecases/raise-alerts.ts'
import { createRememberEvents } from './usecases/remember-events.ts'
import { createReplayLeft } from './usecases/replay-left.ts'
import { createRewordReminders } from './usecases/reword-reminders.ts'
import { createRetractAlerts } from './usecases/retract-alerts.ts'
import { createRingPhones } from './usecases/ring-phones.ts'
import { createRunErasures } from './usecases/run-erasures.ts'
import { createSendMessages } from './usecases/send-messages.ts'
import { createSendWebhooks } from './usecases/send-webhooks.ts'
import { createSettleJoins } from './usecases/settle-joins.ts'
import { createShowCustomers } from './usecases/show-customers.ts'
import { createSyncContacts } from './usecases/sync-contacts.ts'
import { createTakePayments } from './usecases/take-payments.ts'
import { createTakeStaffFacts } from './usecases/take-staff-facts.ts'
import { createTellEvents } from './usecases/tell-events.ts'
import { createUndoJoin } from './usecases/undo-join.ts'
import { createUpdateCards } from './usecases/update-cards.ts'
import { createUpdateContact } from './usecases/update-contact.ts'
import { createViewCustomer } from './usecases/view-customer.ts'
import { createViewOwnRecord } from './usecases/view-own-record.ts'

export interface ComposeDeps {
  config: Config
  stores: Stores
  tencent: Tencent
  rules: readonly Rule[]
  sentences: Sentences
  inboundSources: InboundSources
  clock: Clock
  log: Log
  /** How a synchronisation waits, ms of machine time; replaced in tests. */
  wait?: (ms: number) => Promise<void>
}

/** Below WeCom's own limits of 30 a minute and 1,000 an hour per member (document/path/90236). */
const cap = { perMinute: 25, perHour: 900 }
const timersAtOnce = 200

export type UseCases = ReturnType<typeof compose>

/** Every use case with what it needs. The only place that knows which store and which adapter stand behind a port. */
export function compose({ config, rules, sentences, inboundSources, clock, log, wait, ...open }: ComposeDeps) {
  const { hours, ownerRule, publicUrl, officialAccount } = config
  const wording = { sentences, timeZone: hours.timeZone, officialAccount: officialAccount?.appId ?? null, spacings: spacingsOf(rules) }
  const privacy = composePrivacy({ ...open, config, clock, log, wake: () => worker.wake() })
  const { stores, tencent, recording, eraseCustomer, takeFingerprint } = privacy
  const announceNews = createAnnounceNews({ ...stores, targets: config.outgoing, clock, fingerprint })
  const alerts = announceNews.tellingAlerts(stores.alerts)
  const mayWork = () => worker.mayWork()
  const base = { ...stores, alerts, ...tencent, clock, log, hours, ownerRule, publicUrl, rules, wording, mayWork, recording, spreadSilence: privacy.spreadSilence }
  const appId = officialAccount?.appId ?? null
  const account = appId && tencent.accountUsers ? { appId, users: createKnownFollowers({ ...base, users: tencent.accountUsers }) } : null

  const findSubject = createFindSubject(base)
  const creditMembers = createCreditMembers(base)
  const updateContact = createUpdateContact(base)
  const findMyCustomer = createFindMyCustomer({ ...base, updateContact, tellContacts: (changed) => tellEvents.tellContacts(changed) })
  const openAlerts = createOpenAlerts(base)
  const lookOn = createLookOn({ ...base, findMyCustomer, managers: config.managers })
  const viewPortrait = createViewPortrait({ ...base, timeline: namingCodes(stores.timeline, stores.contentLibrary), lookOn })
  const briefSalespeople = createBriefSalespeople(base)
  const linkIdentities = createLinkIdentities({ ...base, account, onReveal: briefSalespeople.ofRevealed })
  const rememberEvents = createRememberEvents(base)
  const retractAlerts = createRetractAlerts(base)
  const raiseAlerts = createRaiseAlerts({ ...base, retractAlerts })
  const giveFeedback = createGiveFeedback({ ...base, findMyCustomer })
  const noteDeclared = createNoteDeclared({ ...base, book: config.notices })
  const handOverAlerts = createHandOverAlerts({ ...base, retractAlerts })
  const handOverReminders = createHandOverReminders(base)
  const tellEvents = createTellEvents({
    ...base,
    linkIdentities,
    handOverAlerts: async (contacts) => {
      await handOverReminders(contacts)
      await handOverAlerts(contacts)
    },
    rememberEvents,
    briefSalespeople,
    raiseAlerts,
    closePaidAlerts: createClosePaidAlerts({ ...base, retractAlerts }),
    announcePurchases: announceNews.purchases,
    showCustomers: createShowCustomers(base),
    noteDeclared,
  })
  const ringPhones = createRingPhones({ ...base, dropSettled: createDropSettled(base), mergeMs: config.mergeMinutes * 60_000, cap, fingerprint })
  const sendMessages = createSendMessages({ ...base, holdMessages: createHoldMessages({ ...base, cap }) })
  const sendWebhooks = createSendWebhooks({ ...base, webhookSender: createWebhookSender({ receivers: config.outgoing, sign: webhookSignature }) })
  const passOnCallbacks = createPassOnCallbacks({ ...base, forwarder: createForwarder(config.forward) })
  const learnNames = createLearnNames(base)
  const syncContacts = createSyncContacts({ ...base, updateContact, learnNames, onChanges: (changes) => tellEvents.tellContacts(changes) })

  const asDelivery = (text: string, at: Date) => queriedDelivery(config.pay?.merchantId ?? '', text, at)
  const settleJoins = createSettleJoins({ ...base, rememberEvents, raiseAlerts, retractAlerts, tellJoins: tellEvents.tellJoins })
  const answerTo = createRecordedAnswers(base)
  const erasing = { ...base, findSubject, takeFingerprint, retractAlerts, newId: randomUUID }
  const runErasures = createRunErasures({ ...erasing, rememberEvents, raiseAlerts })
  const handleDeliveries = createHandleDeliveries({
    ...base,
    ...privacy,
    read: deliveryReader(inboundSources),
    completeOrders: createCompleteOrders({ ...base, answerTo, creditMembers }),
    completeShop: createCompleteShop({ ...base, answerTo }),
    takePayments: createTakePayments({ ...base, queriedDelivery: asDelivery }),
    followContacts: createFollowContacts({ updateContact }),
    noteFollowers: createNoteFollowers({ ...base, appId }),
    tellEvents,
    takeStaffFacts: createTakeStaffFacts({ ...base, giveFeedback, learnNames, refreshDirectory: createRefreshDirectory(base), onMemberLeft: () => worker.missedSomething() }),
  })
  const worker = createWorker({
    ...base,
    holder: randomUUID(),
    handleDeliveries: async () => (await settleJoins()) + (await runErasures()) + (await handleDeliveries()),
    fireTimers: (until) => rememberEvents.fireTimers(until, timersAtOnce, raiseAlerts),
    phoneSteps: [createRingReminders({ ...base, alerts: stores.alerts, retractAlerts }), sendMessages, () => ringPhones.ring(), sendMessages, createUpdateCards(base), createExpireAlerts(base)],
    webhookSteps: [
      ...config.outgoing.map(({ name }) => () => sendWebhooks(name)),
      ...[...config.forward.targets.keys()].map((channel) => () => passOnCallbacks.due(channel)),
    ],
    owed: async () => tellEvents.tellJoins(await linkIdentities.settleOwed()),
    takeOver: () => ringPhones.takeOver(),
  })

  const inbox = wakingInbox(stores.inbox, worker.wake)
  const reconcileShop = createReconcileShop({ ...base, inbox, creditMembers, eventsOf: eventsOfSnapshot, toDelivery: snapshotDelivery })
  return {
    worker,
    wording,
    noteBeginnings: createNoteBeginnings({ ...base, rulesPrint: printOfRules(rules) }),
    syncContacts,
    ...composeSync({ ...base, stores, tencent, appId, inbox, linkIdentities, tellEvents, ...(wait && { wait }) }),
    reconcileShop,
    passOn: passOnCallbacks.passOn,
    noteSighting: createNoteSightings(base),
    replayLeft: createReplayLeft({ inbox, read: deliveryReader(inboundSources) }),
    /** Stores and wakes the worker of this process at once. */
    inbox,
    viewCustomer: createViewCustomer({ ...base, timeline: namingCodes(stores.timeline, stores.contentLibrary), lookOn, openAlerts }),
    listAlerts: createListAlerts({ ...base, lookOn, openAlerts }),
    giveFeedback,
    viewPortrait,
    tagCustomer: createTagCustomer({ ...base, findMyCustomer, updateContact, tagsNamed: viewPortrait.tagsNamed }),
    keepNotes: createKeepNotes({ ...base, findMyCustomer, lookOn, rewordReminders: createRewordReminders(base), newId: randomUUID }),
    viewGroupChat: createViewGroupChat(base),
    proposeSentences: createProposeSentences(base),
    recording,
    /** Notes no notice shown to somebody who paused. */
    notices: stores.notices,
    pauseCustomer: createPauseCustomer(erasing),
    eraseCustomer,
    keepNoticeTexts: noteDeclared.keepTexts,
    enforceRetention: createEnforceRetention({ ...base, eraseCustomer, letNoticesGo: createLetNoticesGo({ ...base, notices: stores.notices, days: config.retention }), days: config.retention }),
    viewOwnRecord: createViewOwnRecord({ ...base, findSubject, recording, eraseCustomer, sourceOfApp: sourcesOf(config) }),
    countShares: createCountShares(base),
    seeShares: createSeeShares({ ...base, lookOn }),
    countLinks: createCountLinks({ ...base, appId, timeZone: hours.timeZone }),
    findLinkWay: createFindLinkWay({ ...base, lookOn, appId }),
    undoJoin: createUndoJoin({ ...base, wake: worker.wake }),
    addContent: createAddContent({ ...base, library: stores.contentLibrary, newId: randomUUID }),
    ...composeContent({ config, stores, tencent, clock, log }),
    listMyContent: createListMyContent({ ...base, library: stores.contentLibrary }),
    createPayment: createCreatePayment({ ...base, findMyCustomer, payer: payerOf(config), newId: newPaymentId }),
    listPayments: createListPayments({ ...base, findMyCustomer }),
    askPayments: createAskPayments({ ...base, inbox, queriedDelivery: asDelivery }),
    refreshPlatformKeys: async () => void (await tencent.platformKeys?.refresh()),
  }
}

/** Under which source's notice a user of each of our apps falls. */
function sourcesOf({ officialAccount, miniProgram, shop, pay }: Config): ReadonlyMap<AppId, NoticeSource> {
  const apps: [AppId | undefined, NoticeSource][] = [
    [pay?.appId, 'wechat-pay'],
    [shop?.appId, 'wechat-shop'],
    [miniProgram?.appId, 'beacon'],
    [officialAccount?.appId, 'official-account'],
  ]
  return new Map(apps.flatMap(([appId, source]) => (appId ? [[appId, source] as const] : [])))
}

/** Our page can ask who opens it where payments are made under the Official Account's own appid. */
function payerOf({ pay, officialAccount }: Config) {
  return pay && { appId: pay.appId, byLink: pay.appId === officialAccount?.appId }
}

/** The number is in the payment page's address: it must not be guessed. 32 is what WeChat Pay takes at most. */
function newPaymentId(): string {
  return randomBytes(16).toString('hex')
}

function wakingInbox(inbox: Inbox, wake: () => void): Inbox {
  return {
    ...inbox,
    async accept(deliveries) {
      const results = await inbox.accept(deliveries)
      wake()
      return results
    },
  }
}
