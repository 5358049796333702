//! What fans are told, and what is around every page.

words! { Words:
    // Around every page.
    skip: "Skip to the content", "본문으로 건너뛰기";
    main_nav: "Main", "주 메뉴";
    nav_dates: "Dates", "공연 일정";
    nav_line: "My place", "내 순서";
    nav_tickets: "My tickets", "내 티켓";
    nav_wallet: "Wallet", "지갑";
    zone: "Times are in {zone}", "시각은 {zone} 기준입니다";
    api_docs: "API for developers", "개발자용 API";
    lost: "Connection lost. Your place is kept; trying again.", "연결이 끊겼습니다. 순서는 그대로 유지되며, 다시 연결하고 있습니다.";
    second: "1 second", "1초";
    seconds: "{n} seconds", "{n}초";
    minutes: "{n} minutes", "{n}분";
    hours: "{h} h {m} min", "{h}시간 {m}분";

    // Dates.
    dates_lede: "Wait in line, choose up to {n} seats when it is your turn, and take {wait} to pay. Nobody else can touch them meanwhile.",
        "줄을 서고, 차례가 되면 좌석을 최대 {n}석까지 고른 뒤 {wait} 안에 결제하세요. 그동안 아무도 그 좌석을 가져갈 수 없습니다.";
    no_concerts: "Nothing is on sale yet", "아직 판매 중인 공연이 없습니다";
    no_concerts_text: "Come back when the organiser has announced a concert.", "공연이 발표되면 다시 찾아 주세요.";
    price_each: "{price} a seat", "한 좌석 {price}";
    seats_in_all: "{n} seats", "총 {n}석";
    seats_free: "{n} free", "{n}석 남음";
    sale_ahead: "Sale opens {time} (in {wait})", "{time} 판매 시작 ({wait} 후)";
    sale_open: "On sale until {time}", "{time}까지 판매";
    sale_closed: "Sale closed", "판매 종료";
    choose_seats: "Choose seats", "좌석 선택";

    // Joining.
    join: "Join the line", "줄 서기";
    join_text: "We call people in the order in which they joined. You get a number at once.",
        "줄을 선 순서대로 불러 드립니다. 번호는 바로 나옵니다.";
    join_hint: "No account, no password: this browser remembers you.", "계정도 비밀번호도 필요 없습니다. 이 브라우저가 기억합니다.";
    your_name: "Your name", "이름";
    by_invitation: "By invitation", "초대받은 분만 이용할 수 있습니다";
    by_invitation_text: "This sale is open to people with a personal link. Open the link that the organiser sent you, or paste its code here.",
        "이 판매는 개인 링크를 받은 분만 이용할 수 있습니다. 주최 측이 보낸 링크를 열거나, 그 코드를 여기에 붙여 넣으세요.";
    your_code: "Your code", "코드";
    enter: "Enter", "입장";
    enter_title: "Welcome", "환영합니다";
    enter_text: "This link signs you in on this browser.", "이 링크로 이 브라우저에서 본인으로 입장합니다.";
    you_are_in_line: "You are in line", "줄을 서 있습니다";
    your_number: "Your number", "내 번호";
    go_to_place: "Go to your place", "내 순서 보기";
    not_in_line: "You are not in line", "아직 줄을 서지 않았습니다";
    not_in_line_lede: "Join, and your number is taken at once. Closing this page later does not lose it.",
        "줄을 서면 번호가 바로 정해집니다. 나중에 이 페이지를 닫아도 번호는 사라지지 않습니다.";

    // Waiting.
    your_place: "Your place", "내 순서";
    line_title: "{n} ahead · onsale", "앞에 {n}명 · onsale";
    ahead: "people ahead of you", "명이 앞에 있습니다";
    ahead_one: "person ahead of you", "명이 앞에 있습니다";
    moved: "{n} fewer than when you joined", "줄을 선 뒤로 {n}명 줄었습니다";
    moved_none: "The line has not moved since you joined", "아직 줄이 움직이지 않았습니다";
    moved_label: "How far the line has moved", "줄이 움직인 정도";
    wait_label: "Expected wait: ", "예상 대기 시간: ";
    wait: "about {n} minutes ({low} to {high})", "약 {n}분 ({low}~{high}분)";
    wait_flat: "about {n} minutes", "약 {n}분";
    wait_flat_one: "about a minute", "약 1분";
    wait_soon: "less than a minute", "1분 이내";
    wait_unknown: "The wait is not known yet", "대기 시간을 아직 알 수 없습니다";
    line_paused: "The line is paused; nobody is called at the moment", "지금은 대기열이 멈춰 있어 아무도 부르지 않습니다";
    spoken: "{n} people ahead of you. {time}.", "앞에 {n}명이 있습니다. {time}.";
    spoken_one: "One person ahead of you. {time}.", "앞에 한 명이 있습니다. {time}.";
    turn_spoken: "It is your turn. We are taking you in.", "차례가 되었습니다. 곧 들어갑니다.";
    turn_title: "Your turn! · onsale", "차례가 되었습니다! · onsale";
    need_not_stay: "You need not stay. Keep this page open or come back to it: your place is kept as long as we hear from you now and then.",
        "계속 지켜보지 않아도 됩니다. 이 페이지를 열어 두거나 가끔 다시 들어오세요. 소식이 있는 동안 순서는 유지됩니다.";
    renews_itself: "This page renews itself every {n} seconds.", "이 페이지는 {n}초마다 새로 고쳐집니다.";
    leave: "Leave the line", "줄에서 나가기";
    leave_text: "Your number is given up. If you join again, you start at the end.", "번호를 포기합니다. 다시 서면 맨 뒤부터 시작합니다.";

    // One's turn.
    your_turn: "It is your turn", "차례가 되었습니다";
    time_to_choose: "Time to choose and pay", "고르고 결제할 시간";
    you_have_until: "You have until", "마감 시각:";
    turn_note: "Seats that you hold stay yours for {wait} each, also when your turn runs out meanwhile.",
        "잡아 둔 좌석은 그 사이 차례가 끝나도 각각 {wait} 동안 유지됩니다.";
    left_60: "One minute left", "1분 남았습니다";
    left_10: "Ten seconds left", "10초 남았습니다";
    give_up: "Give up your turn", "차례 포기하기";
    give_up_text: "Your turn ends, and seats that you hold go back on sale.", "차례가 끝나고, 잡아 둔 좌석은 다시 판매됩니다.";
    choose_any: "Choose seats at any of the concerts. You have until {time}.", "원하는 공연의 좌석을 고르세요. 마감은 {time}입니다.";
    time_left: "Time left", "남은 시간";

    // Over.
    over_title: "Your turn is over", "차례가 끝났습니다";
    over_text: "You paid, left, or the time ran out. What you bought is under My tickets.",
        "결제했거나, 나갔거나, 시간이 다 되었습니다. 구매한 티켓은 내 티켓에 있습니다.";
    over_paid: "Paid. Enjoy the evening", "결제 완료. 즐거운 관람 되세요";
    over_paid_text: "Your turn ended with the payment. Your tickets are kept under My tickets.",
        "결제와 함께 차례가 끝났습니다. 티켓은 내 티켓에 보관됩니다.";
    join_again: "Join again", "다시 줄 서기";
    show_tickets: "Show my tickets", "내 티켓 보기";
    see_dates: "See the dates", "공연 일정 보기";

    // Seats.
    lost_seats: "Connection lost. The seats you see may be out of date; trying again.", "연결이 끊겼습니다. 보이는 좌석이 지난 상태일 수 있습니다. 다시 연결하고 있습니다.";
    you_hold: "You hold seats {seats} until {time}.", "{seats}번 좌석을 {time}까지 잡아 두었습니다.";
    you_hold_one: "You hold seat {seats} until {time}.", "{seats}번 좌석을 {time}까지 잡아 두었습니다.";
    go_to_checkout: "Go to checkout", "결제하러 가기";
    stage: "STAGE", "무대";
    legend: "What the marks mean", "표시 설명";
    legend_free: "Free", "선택 가능";
    legend_chosen: "Your choice", "내 선택";
    legend_held: "Held", "다른 분이 선택 중";
    legend_sold: "Sold", "판매됨";
    legend_mine: "Held for you", "내가 잡은 좌석";
    seat_free: "Seat {n}, free", "{n}번 좌석, 선택 가능";
    seat_held: "Seat {n}, held by somebody else", "{n}번 좌석, 다른 분이 선택 중";
    seat_sold: "Seat {n}, sold", "{n}번 좌석, 판매됨";
    seat_mine: "Seat {n}, held for you: go to checkout", "{n}번 좌석, 내가 잡은 좌석: 결제하러 가기";
    seat_paid: "Seat {n}, yours: see your tickets", "{n}번 좌석, 구매한 좌석: 내 티켓 보기";
    seats_range: "Seats {from} to {to}", "{from}번부터 {to}번 좌석";
    blocks: "Parts of the hall", "구역";
    show_part: "Show this part", "이 구역 보기";
    chosen: "{n} seats: {total}", "{n}석: {total}";
    chosen_one: "1 seat: {total}", "1석: {total}";
    chosen_none: "No seat chosen yet", "아직 고른 좌석이 없습니다";
    which: "Seats {seats}", "{seats}번";
    which_one: "Seat {seats}", "{seats}번";
    limit_hint: "You may choose up to {n}", "최대 {n}석까지 고를 수 있습니다";
    limit: "You may hold up to {n} seats of this concert. Take one back to choose another.",
        "이 공연에서는 최대 {n}석까지 잡을 수 있습니다. 다른 좌석을 고르려면 하나를 취소하세요.";
    choose_first: "Choose a seat first.", "먼저 좌석을 고르세요.";
    taken: "Seats {seats} have just been taken by somebody else. Your other seats are still chosen.",
        "방금 다른 분이 {seats}번 좌석을 가져갔습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    taken_one: "Seat {seats} has just been taken by somebody else. Your other seats are still chosen.",
        "방금 다른 분이 {seats}번 좌석을 가져갔습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    taken_last: "Seats {seats} have just been taken by somebody else. Please choose again.",
        "방금 다른 분이 {seats}번 좌석을 가져갔습니다. 다시 골라 주세요.";
    taken_last_one: "Seat {seats} has just been taken by somebody else. Please choose another.",
        "방금 다른 분이 {seats}번 좌석을 가져갔습니다. 다른 좌석을 골라 주세요.";
    hold_seats: "Hold these seats", "이 좌석 잡기";

    // Checkout.
    checkout: "Checkout", "결제";
    checkout_empty: "You hold no seats", "잡아 둔 좌석이 없습니다";
    checkout_empty_text: "Seats that you hold wait for you here until they are paid.", "잡아 둔 좌석은 결제할 때까지 여기에 있습니다.";
    yours_for: "Yours for another", "남은 시간";
    nobody_else: "Nobody else can take these seats until {time}", "{time}까지 아무도 이 좌석을 가져갈 수 없습니다";
    pay_left_60: "One minute left to pay", "결제까지 1분 남았습니다";
    pay_left_10: "Ten seconds left to pay", "결제까지 10초 남았습니다";
    time_up: "The time is up, and the seats have gone back on sale. They may still be free:", "시간이 다 되어 좌석이 다시 판매됩니다. 아직 남아 있을 수 있습니다.";
    time_up_spoken: "The time is up. The seats have gone back on sale.", "시간이 다 되어 좌석이 다시 판매됩니다.";
    back_to_seats: "Back to the seats", "좌석으로 돌아가기";
    seat: "Seat", "좌석";
    seat_n: "Seat {n}", "{n}번 좌석";
    held_until: "held until {time}", "{time}까지";
    give_back: "Give back", "취소";
    give_back_seat: "Give back seat {n}", "{n}번 좌석 취소";
    change_seats: "Add or change seats", "좌석 추가 또는 변경";
    pay_from_wallet: "Pay from your wallet", "지갑으로 결제";
    n_seats: "{n} seats", "{n}석";
    n_seats_one: "1 seat", "1석";
    left_after: "Left after", "결제 후 잔액";
    missing: "Missing", "부족한 금액";
    more_needed: "{amount} more needed.", "{amount}이 더 필요합니다.";
    put_in: "Put into the wallet", "충전할 금액";
    charge_then_pay: "Charge, then pay", "충전하고 결제하기";
    pay_amount: "Pay {amount}", "{amount} 결제하기";
    pay_note: "Paying ends your turn.", "결제하면 차례가 끝납니다.";
    pay_note_others: "Paying ends your turn. Seats that you hold for other concerts go back on sale.",
        "결제하면 차례가 끝나고, 다른 공연에서 잡아 둔 좌석은 다시 판매됩니다.";

    // Wallet, tickets, receipt.
    balance: "Balance", "잔액";
    wallet_text: "Tickets are paid from here. Charging does not need a place in line, so fill it while you wait.",
        "티켓은 이 지갑에서 결제됩니다. 충전은 줄을 서지 않아도 되니 기다리는 동안 채워 두세요.";
    wallet_stranger: "Your wallet begins with your place in line.", "지갑은 줄을 서면 생깁니다.";
    charge: "Charge", "충전";
    quick_amounts: "Quick amounts", "빠른 금액";
    amount: "Amount", "금액";
    amount_hint: "From {least} to {most}", "{least}부터 {most}까지";
    charge_wallet: "Charge the wallet", "지갑 충전하기";
    no_tickets: "No tickets yet", "아직 티켓이 없습니다";
    no_tickets_text: "What you buy is kept here.", "구매한 티켓은 여기에 보관됩니다.";
    bill: "Bill", "영수 번호";
    pages: "Pages", "페이지";
    older_tickets: "Older tickets", "이전 티켓";
    receipt: "Receipt", "영수증";
    paid_yours: "Paid. The seats are yours.", "결제되었습니다. 이제 회원님의 좌석입니다.";
    total: "Total", "합계";
    paid_from_wallet: "Paid from the wallet. Balance now: {amount}", "지갑에서 결제되었습니다. 현재 잔액: {amount}";
    print: "Print", "인쇄";

    // What came of a form.
    said_charged: "Your wallet is charged.", "지갑이 충전되었습니다.";
    said_given_back: "Given back. Seat {seat} is on sale again.", "{seat}번 좌석을 취소했습니다. 다시 판매됩니다.";
    said_left: "You have left the line.", "줄에서 나갔습니다.";
    said_seat_held: "Somebody else was quicker: seat {seat} is taken. Your other seats are still chosen.",
        "다른 분이 더 빨랐습니다. {seat}번 좌석은 이미 선택되었습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    said_seat_sold: "Somebody else was quicker: seat {seat} is sold. Your other seats are still chosen.",
        "다른 분이 더 빨랐습니다. {seat}번 좌석은 이미 판매되었습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    said_seat_not_held: "You do not hold seat {seat} any more.", "{seat}번 좌석은 더 이상 잡아 둔 좌석이 아닙니다.";
    said_hold_expired: "The time for seat {seat} is up. Nothing was paid; it may still be free.",
        "{seat}번 좌석의 시간이 다 되었습니다. 결제되지 않았으며, 아직 남아 있을 수 있습니다.";
    said_hold_limit: "You hold as many seats of this concert as one person may.", "이 공연에서 한 사람이 잡을 수 있는 좌석을 모두 잡았습니다.";
    said_sale_not_open: "The sale of this concert has not opened yet.", "이 공연의 판매는 아직 시작되지 않았습니다.";
    said_sale_closed: "The sale of this concert has closed.", "이 공연의 판매가 끝났습니다.";
    said_insufficient_balance: "There is not enough in your wallet. Nothing was paid.", "지갑 잔액이 부족합니다. 결제되지 않았습니다.";
    said_balance_limit: "Your wallet cannot hold that much.", "지갑에 담을 수 있는 금액을 넘습니다.";
    said_not_admitted: "It is not your turn yet.", "아직 차례가 아닙니다.";
    said_pass_ended: "Your turn has ended.", "차례가 끝났습니다.";
    said_no_seat: "Choose a seat first.", "먼저 좌석을 고르세요.";
    said_amount: "Please enter an amount that can be charged.", "충전할 수 있는 금액을 입력하세요.";
    said_name: "Please tell us a name of up to 200 characters.", "이름을 200자 이내로 입력하세요.";
    said_token: "That code is not valid here, or its time is over.", "이 코드는 유효하지 않거나 기한이 지났습니다.";
    said_form_again: "That form had been used before. Nothing was charged this time; please send it again.",
        "이미 사용한 양식입니다. 이번에는 충전되지 않았으니 다시 보내 주세요.";

    // What went wrong.
    sorry_not_found: "We cannot find that", "찾을 수 없습니다";
    sorry_not_found_text: "There is no such page. It may have moved, or the address is incomplete.", "없는 페이지입니다. 옮겨졌거나 주소가 잘못되었을 수 있습니다.";
    sorry_busy: "Not now", "잠시만 기다려 주세요";
    sorry_busy_text: "Please try again in a moment. Your place in line and the seats you hold are kept.", "잠시 뒤 다시 시도해 주세요. 순서와 잡아 둔 좌석은 유지됩니다.";
    sorry_unknown: "We do not know yet", "아직 알 수 없습니다";
    sorry_unknown_text: "The connection to our records broke while this was on its way. Look at your tickets and wallet before you try again.",
        "처리 중에 기록과의 연결이 끊겼습니다. 다시 시도하기 전에 내 티켓과 지갑을 확인하세요.";
    sorry_cross_site: "That came from somewhere else", "다른 곳에서 보낸 요청입니다";
    sorry_cross_site_text: "For your safety we only take forms from our own pages. Nothing was changed.", "안전을 위해 저희 페이지에서 보낸 양식만 받습니다. 변경된 것은 없습니다.";
    sorry_bad_request: "We cannot read that", "읽을 수 없는 요청입니다";
    sorry_bad_request_text: "Something about that request makes no sense here. Nothing was changed.", "요청에 맞지 않는 내용이 있습니다. 변경된 것은 없습니다.";
    try_again: "Try again", "다시 시도";
}
