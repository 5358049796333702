//! The words that operators read.

words! { OperatorWords:
    // Around their pages.
    operator: "operator", "운영자";
    nav_cockpit: "Cockpit", "현황판";
    nav_concerts: "Concerts", "공연";
    nav_people: "People", "고객";
    nav_bills: "Bills", "판매 내역";
    nav_log: "Log", "변경 이력";
    sign_out: "Sign out", "로그아웃";
    sign_in_title: "Operators", "운영자";
    sign_in_text: "Sign in with an operator token.", "운영자 토큰으로 로그인하세요.";
    sign_in: "Sign in", "로그인";
    token: "Operator token", "운영자 토큰";
    token_hint: "Print one on the server:", "서버에서 다음 명령으로 발급하세요:";
    notice_token: "This is not an operator token, or it has expired.", "운영자 토큰이 아니거나 만료되었습니다.";
    notice_dials_set: "Done. It takes effect at once.", "적용되었습니다.";
    notice_dials_refused: "These values cannot be set. Nothing was changed. Enter whole numbers: 0 to {capacity} people inside, 0 to {rate} let in per minute.",
        "설정할 수 없는 값입니다. 변경된 내용은 없습니다. 최대 동시 입장은 0~{capacity}, 분당 최대 입장은 0~{rate} 사이의 정수를 입력하세요.";
    notice_dials_changed: "The dials have been set since that page was opened. Nothing was changed: check them, and apply again if it is still right.",
        "그 화면을 연 뒤 설정이 바뀌어 적용하지 않았습니다. 현재 값을 확인한 후 다시 적용하세요.";
    notice_opened: "The concert is on sale.", "공연이 등록되었습니다. 예매가 진행 중입니다.";
    notice_opened_ahead: "The concert is listed. Its sale has not opened yet.", "공연이 등록되었습니다. 아직 예매 시작 전입니다.";
    notice_opened_closed: "The concert is listed. Its sale is closed.", "공연이 등록되었습니다. 예매는 이미 종료되었습니다.";
    notice_sale_made: "The sale is made. It has a line of its own.", "예매가 등록되었습니다. 별도의 대기열이 생겼습니다.";
    notice_sale_changed: "The sale is changed.", "예매 정보가 변경되었습니다.";
    notice_beacon_set: "The beacon is entered. The sale opens now.", "비콘이 입력되었습니다. 곧 예매가 시작됩니다.";
    notice_unavailable: "The server cannot do that right now. Nothing was changed.", "지금은 처리할 수 없습니다. 변경된 내용은 없습니다.";

    // Cockpit.
    lost: "Connection lost. The numbers are not updating; reconnecting.", "연결이 끊겼습니다. 수치가 갱신되지 않으며, 다시 연결하고 있습니다.";
    numbers_now: "Current numbers", "현재 수치";
    paused_title: "The line is paused", "입장이 일시 중지되었습니다";
    paused_text: "Nobody is called until you resume it.", "재개할 때까지 아무도 입장하지 못합니다.";
    waiting: "Waiting", "대기";
    inside: "Inside", "입장";
    of: "of", "/";
    called: "Called, not in yet", "호출 후 미입장";
    admissions: "Let in per minute", "분당 입장";
    wait_now: "Wait if joining now", "지금 대기 시 예상 시간";
    wait_minutes: "{n} min", "{n}분";
    wait_unknown: "not known", "알 수 없음";
    answers: "Answers per second", "초당 응답";
    p99: "Slowest 1 %", "가장 느린 1%";
    p50: "Median", "중앙값";
    errors: "Errors per minute", "분당 오류";
    this_instance: "Answers, times and errors are for this instance only.", "응답 수, 응답 시간, 오류는 이 인스턴스만의 값입니다.";
    seats: "Seats", "좌석";
    free: "Available", "잔여";
    held: "Held", "선점";
    sold: "Sold", "판매";
    dials: "Dials", "입장 조절";
    capacity: "Most people inside", "최대 동시 입장";
    rate: "Most let in per minute", "분당 최대 입장";
    rate_hint: "0 means no limit per minute: people come in as others leave.", "0이면 분당 제한이 없으며, 나간 인원만큼 입장합니다.";
    show_effect: "Show the effect", "예상 효과 보기";
    pause: "Pause the line…", "입장 일시 중지…";
    resume: "Resume the line…", "입장 재개…";
    effect_hint: "Change a dial to see its effect here before you apply it.", "값을 바꾸면 적용하기 전에 예상 효과가 여기에 표시됩니다.";
    effect_failed: "The server did not answer. Nothing was changed.", "서버가 응답하지 않았습니다. 변경된 내용은 없습니다.";
    effect_signed_out: "You are signed out. Please sign in again.", "로그아웃되었습니다. 다시 로그인하세요.";
    effect_now: "A person joining now waits about {wait}", "지금 대기를 시작하면 약 {wait} 걸립니다";
    effect_now_unknown: "How long a person joining now would wait is not known yet", "지금 대기를 시작할 때의 예상 시간을 아직 알 수 없습니다";
    effect_now_paused: "While the line is paused nobody is called, so the wait is not known",
        "일시 중지된 동안에는 입장이 없어 대기 시간을 알 수 없습니다";
    effect_now_nobody: "With nobody allowed inside, nobody is called, so the wait is not known",
        "최대 동시 입장이 0명이라 입장이 없어 대기 시간을 알 수 없습니다";
    effect_to: "→ about {wait}", "→ 약 {wait}";
    effect_to_unknown: "→ not known until it is tried", "→ 적용하기 전에는 알 수 없음";
    effect_to_nobody: "→ nobody is let in", "→ 입장 없음";
    effect_more: "{n} more people come in at once.", "{n}명이 즉시 추가로 입장합니다.";
    effect_more_one: "1 more person comes in at once.", "1명이 즉시 추가로 입장합니다.";
    effect_estimate: "An estimate from the last few minutes.", "최근 몇 분을 바탕으로 한 추정치입니다.";
    effect_evicts_nobody: "Nobody inside is sent away; the line waits until enough people have left.",
        "이미 입장한 고객은 내보내지 않으며, 충분한 인원이 나갈 때까지 대기가 이어집니다.";
    apply_dials: "Apply: {capacity} inside, {rate} per minute", "적용: 최대 {capacity}명, 분당 {rate}명";
    apply_unlimited: "Apply: {capacity} inside, no limit per minute", "적용: 최대 {capacity}명, 분당 제한 없음";
    apply_pause: "Pause the line", "입장 일시 중지";
    apply_resume: "Resume the line", "입장 재개";
    charts: "The last 10 minutes", "최근 10분";
    chart_of: "{name}, the last 10 minutes", "{name}, 최근 10분";
    ten_minutes_ago: "10 min ago", "10분 전";
    five_minutes_ago: "5 min", "5분 전";
    now: "now", "지금";
    answer_times: "Answer times", "응답 시간";
    milliseconds: "{name}, ms", "{name}, ms";

    // Concerts.
    put_on_sale: "Put a concert on sale", "공연 등록";
    concert: "Concert", "공연";
    sale: "Sale", "예매";
    no_concerts: "No concert is on sale yet.", "등록된 공연이 없습니다.";
    name: "Name", "이름";
    seats_hint: "1 to 50,000", "1~50,000석";
    price: "Price per seat", "1석 가격";
    price_hint: "In {currency}", "단위: {currency}";
    opens: "Sale opens", "예매 시작";
    closes: "Sale closes", "예매 종료";
    begins: "Concert begins", "공연 시작";
    times_hint: "All times are in {zone}", "모든 시각은 {zone} 기준입니다";
    put_it_on_sale: "Put it on sale", "등록하기";
    list_without_sale: "List it without a sale", "예매 없이 등록하기";
    sale_is_past: "This sale would be over already: it is open from {from} to {to}, and now it is {now}. Nobody could buy a seat. Change the times, or list the concert without a sale.",
        "예매 기간이 이미 지났습니다. 예매 기간은 {from}부터 {to}까지이고, 현재 시각은 {now}입니다. 좌석을 예매할 수 없습니다. 시각을 변경하거나 예매 없이 등록하세요.";
    sale_ahead: "Not yet on sale: opens {from}, closes {to}", "예매 예정: {from} 시작, {to} 종료";
    sale_open: "On sale: opened {from}, closes {to}", "예매 중: {from} 시작, {to} 종료";
    sale_closed: "Closed: opened {from}, closed {to}", "예매 종료: {from} 시작, {to} 종료";
    concert_exists: "This form has already put a concert on sale. Nothing was saved this time. To put another one on sale, send the form again.",
        "이 양식으로 이미 공연을 등록했습니다. 이번에는 저장되지 않았습니다. 다른 공연을 등록하려면 다시 보내 주세요.";
    form_incomplete: "The form did not arrive complete. Nothing was saved; please send it again.",
        "양식이 온전히 전송되지 않았습니다. 저장되지 않았으니 다시 보내 주세요.";
    not_saved: "Nothing was saved. Please correct:", "저장되지 않았습니다. 다음 항목을 확인해 주세요:";
    bad_name: "Enter a name of up to 200 characters, without control characters or invisible ones.",
        "공연 이름을 200자 이내로 입력하세요. 제어 문자나 보이지 않는 문자는 사용할 수 없습니다.";
    bad_capacity: "Enter a whole number from 1 to 50,000.", "1부터 50,000까지의 정수를 입력하세요.";
    bad_price: "Enter an amount from 0 to {most}. For example: {example}", "0부터 {most}까지의 금액을 입력하세요. 예: {example}";
    bad_time: "Enter a date and a time. For example: {example}", "날짜와 시각을 입력하세요. 예: {example}";
    bad_closing: "The sale must close after it opens.", "예매 종료는 예매 시작보다 뒤여야 합니다.";
    bad_event: "The concert must not begin before the sale closes.", "공연은 예매 종료보다 먼저 시작할 수 없습니다.";

    // People.
    find_label: "Name, user id or line number", "이름, 사용자 ID 또는 대기 순번";
    find: "Find", "검색";
    people_found: "People found", "검색 결과";
    found_n: "{n} found", "{n}명";
    found_first: "The first {n}; a longer name finds fewer", "{n}명까지만 표시됩니다. 이름을 더 자세히 입력해 주세요";
    found_nobody: "Nobody found. You can search by part of a name, by a complete user id, or by a number once its holder has come in.",
        "검색 결과가 없습니다. 이름은 일부만, 사용자 ID는 전체를 입력하세요. 대기 순번은 입장한 고객만 검색됩니다.";
    no_name: "(no name)", "(이름 없음)";
    user_id: "User id", "사용자 ID";
    known_since: "Known since", "등록 시각";
    place: "Place", "대기 상태";
    state: "State", "상태";
    number: "Number", "대기 순번";
    came_in: "Came in", "입장";
    until: "Until", "마감";
    ahead: "Ahead", "앞 대기 인원";
    ended: "Ended", "종료";
    state_nowhere: "Not in line", "대기하지 않음";
    state_waiting: "Waiting", "대기 중";
    state_away: "Missed the call; will be called first when back", "호출 시 부재. 돌아오면 먼저 호출됩니다";
    state_called: "Called", "호출됨";
    state_inside: "Inside", "입장 중";
    state_ended: "Over", "종료";
    state_paid: "Over: paid", "종료: 결제";
    state_left: "Over: left", "종료: 본인 취소";
    wallet: "Wallet", "지갑";
    holds: "Holds", "선점한 좌석";
    no_holds: "Holds no seats.", "선점한 좌석이 없습니다.";
    seat: "Seat", "좌석";
    amount: "Amount", "금액";
    paid: "Paid", "결제";
    bill: "Bill", "결제 번호";
    no_bills: "Has not bought anything.", "예매 내역이 없습니다.";
    newest_bills: "The newest {n}", "최근 {n}건";

    // Bills and log.
    bills_text: "One line per paid seat: bill, time, concert, seat, buyer and amount.",
        "결제된 좌석마다 한 줄: 결제 번호, 시각, 공연, 좌석, 구매자, 금액.";
    all_concerts: "All concerts", "전체 공연";
    download: "Download CSV", "CSV 다운로드";
    log_text: "What operators and the server changed, newest first.", "운영자와 서버가 변경한 내용입니다. 최신순으로 표시됩니다.";
    log_when: "When", "시각";
    log_who: "Who", "변경한 주체";
    log_what: "What", "항목";
    log_change: "Before → after", "이전 → 이후";
    log_server: "the server", "서버";
    log_line: "Line", "대기열";
    log_paused: "paused", "일시 중지";
    log_running: "running", "진행 중";
    log_opened: "Concert listed", "공연 등록";
    log_seats: "{name}, {n} seats, {price}", "{name}, {n}석, {price}";
    log_seats_one: "{name}, 1 seat, {price}", "{name}, 1석, {price}";
    log_plan: "Plan added", "배치도 등록";
    log_plan_seats: "{name}, {n} seats", "{name}, {n}석";
    log_sale_created: "Sale created", "판매 등록";
    log_sale_changed: "Sale changed", "판매 변경";
    log_sale_opened: "Sale opened", "판매 시작";
    log_lobby_fixed: "Draw closed to newcomers", "추첨 참가 마감";
    log_codes: "Access codes made", "참여 코드 발급";
    log_code_counts: "{n} codes, {uses} uses each", "코드 {n}개, 각 {uses}회";
    log_empty: "Nothing has been changed yet.", "변경된 내용이 없습니다.";
    older: "Older changes", "이전 이력";
    no_limit: "no limit", "제한 없음";
}
