/** Where the operator's WeCom opens: her figures. */
export const operatorsHome = '/sidebar/#/operator'
