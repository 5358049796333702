//! The words that fans read, and those around every page.

words! { Words:
    // Around every page.
    skip: "Skip to content", "본문 바로가기";
    main_nav: "Main", "주 메뉴";
    nav_dates: "Dates", "공연 일정";
    nav_line: "My place", "대기 순번";
    nav_tickets: "My tickets", "예매 내역";
    nav_wallet: "Wallet", "지갑";
    zone: "Times are in {zone}", "모든 시각은 {zone} 기준입니다";
    api_docs: "API for developers", "개발자용 API";
    lost: "Connection lost. Your place is kept; reconnecting.", "연결이 끊겼습니다. 대기 순번은 유지되며, 다시 연결하고 있습니다.";
    moment: "{day} {month} {year}, {hour}:{minute}", "{year}년 {month}월 {day}일 {hour}:{minute}";
    second: "1 second", "1초";
    seconds: "{n} seconds", "{n}초";
    minutes: "{n} minutes", "{n}분";
    hours: "{h} h", "{h}시간";
    hours_minutes: "{h} h {m} min", "{h}시간 {m}분";
    day: "1 day", "1일";
    day_hours: "1 day {h} h", "1일 {h}시간";
    days: "{d} days", "{d}일";
    days_hours: "{d} days {h} h", "{d}일 {h}시간";

    // Dates.
    dates_lede: "Join the line. When it is your turn, choose up to {n} seats and pay within {wait}. Nobody else can take them in that time.",
        "예매 대기 후 입장하면 좌석을 최대 {n}석까지 선택할 수 있습니다. 선택한 좌석은 {wait} 안에 결제해 주세요. 그동안 다른 고객님은 선택할 수 없습니다.";
    dates_lede_one: "Join the line. When it is your turn, choose one seat and pay within {wait}. Nobody else can take it in that time.",
        "예매 대기 후 입장하면 좌석을 1석 선택할 수 있습니다. 선택한 좌석은 {wait} 안에 결제해 주세요. 그동안 다른 고객님은 선택할 수 없습니다.";
    no_concerts: "Nothing is on sale yet", "현재 예매 가능한 공연이 없습니다";
    no_concerts_text: "Please come back once a concert has been announced.", "공연이 등록되면 다시 방문해 주세요.";
    price_free: "Free", "무료";
    price_each: "{price} per seat", "1석 {price}";
    seats_in_all: "{n} seats", "총 {n}석";
    seats_in_all_one: "1 seat", "총 1석";
    seats_free: "{n} available", "잔여 {n}석";
    seats_free_zero: "None available right now", "현재 선택 가능한 좌석이 없습니다";
    sale_ahead: "On sale from {time} (in {wait})", "{time} 예매 시작 ({wait} 후)";
    sale_opening: "About to go on sale", "곧 예매가 시작됩니다";
    sale_beacon: "On sale once the public value of the draw is known", "추첨에 쓰일 공개 값이 정해지면 예매 시작";
    sale_open: "On sale until {time}", "{time}까지 예매 가능";
    sale_closed: "Sale closed", "예매 종료";
    choose_seats: "Choose seats", "좌석 선택";

    // Joining.
    join: "Join the line", "예매 대기하기";
    join_text: "We call people in the order they joined. You get your number right away.", "대기 순서대로 입장합니다. 대기 순번은 바로 발급됩니다.";
    join_hint: "No account or password needed: this browser remembers you.",
        "회원 가입이나 비밀번호 없이 이용할 수 있습니다. 사용 중인 브라우저로 본인을 확인합니다.";
    your_name: "Your name", "이름";
    by_invitation: "By invitation only", "초대받은 고객 전용";
    by_invitation_text: "This sale is only for people with a personal link. Open the link that the organiser sent you, or paste its code here.",
        "초대 링크를 받은 고객만 예매할 수 있습니다. 주최사에서 받은 링크를 열거나, 링크에 있는 코드를 붙여 넣어 주세요.";
    your_code: "Your code", "초대 코드";
    enter: "Enter", "입장하기";
    enter_title: "Welcome", "환영합니다";
    enter_text: "This link signs you in on this browser.", "이 링크로 접속하면 이 브라우저에서 바로 이용할 수 있습니다.";
    enter_typed_text: "Enter the code that the organiser sent you. It signs you in on this browser.",
        "주최사에서 받은 초대 코드를 입력해 주세요. 이 브라우저에서 바로 이용할 수 있습니다.";
    enter_replace_title: "Continue as somebody else?", "다른 이용자로 계속하시겠습니까?";
    enter_now: "This browser is signed in as {name}.", "현재 이 브라우저는 {name} 님으로 이용 중입니다.";
    enter_now_nameless: "This browser is already signed in, but not with this code.", "현재 이 브라우저는 다른 코드로 이용 중입니다.";
    enter_now_in_line: "You are in line with number {n}.", "대기 순번 {n}번으로 대기 중입니다.";
    enter_now_inside: "It is your turn until {time}.", "{time}까지 이용할 수 있습니다.";
    enter_now_seats: "You hold {n} seats.", "좌석 {n}석을 선점했습니다.";
    enter_now_seats_one: "You hold one seat.", "좌석 1석을 선점했습니다.";
    enter_replace_text: "If you continue, this browser shows the place, seats, wallet and tickets of the person whom the code belongs to. What you have now is not deleted, but this browser can only get back to it with a code of your own.",
        "계속하면 이 브라우저에는 코드 소유자의 대기 순번, 좌석, 지갑, 예매 내역이 표시됩니다. 현재 이용 정보는 삭제되지 않지만, 본인의 코드가 있어야 이 브라우저에서 다시 이용할 수 있습니다.";
    enter_replace: "Continue with this code", "이 코드로 계속하기";
    enter_stay: "Stay as I am", "지금 상태 유지하기";
    sign_out: "Sign out", "로그아웃";
    sign_out_title: "Sign out of this browser?", "로그아웃하시겠습니까?";
    sign_out_text: "Your place, wallet and tickets are kept. Held seats still run out, and if you are away when your turn comes, others go first. To get back to them you need a code, which the organiser can give you.",
        "로그아웃해도 대기 순번, 지갑, 예매 내역은 그대로 유지됩니다. 다만 선점한 좌석은 제한 시간이 지나면 취소되며, 차례가 되었을 때 접속해 있지 않으면 다음 순번이 먼저 입장합니다. 다시 이용하려면 주최사에서 발급하는 코드가 필요합니다.";
    you_are_in_line: "You are in line", "예매 대기 중입니다";
    your_number: "Your number", "나의 대기 순번";
    go_to_place: "Go to your place", "대기 현황 보기";
    not_in_line: "You are not in line", "아직 예매 대기 전입니다";
    not_in_line_lede: "Join, and you get your number right away. You keep it even if you close this page.",
        "예매 대기를 시작하면 대기 순번이 바로 발급됩니다. 페이지를 닫아도 순번은 유지됩니다.";

    // Waiting.
    your_place: "Your place", "대기 현황";
    line_title: "{n} ahead", "내 앞 {n}명";
    line_title_zero: "You are next", "다음 차례입니다";
    ahead: "people ahead of you", "내 앞 대기 인원(명)";
    ahead_zero: "You are next", "다음 차례입니다";
    ahead_one: "person ahead of you", "내 앞 대기 인원(명)";
    moved: "{n} fewer than when you joined", "대기를 시작한 뒤 {n}명 줄었습니다";
    moved_none: "The line has not moved since you joined", "대기를 시작한 뒤 아직 줄어든 인원이 없습니다";
    moved_label: "How far the line has moved", "대기 진행률";
    wait_label: "Expected wait: ", "예상 대기 시간: ";
    wait: "about {n} minutes ({low} to {high})", "약 {n}분 ({low}~{high}분)";
    wait_one: "about 1 minute ({low} to {high})", "약 1분 ({low}~{high}분)";
    wait_flat: "about {n} minutes", "약 {n}분";
    wait_flat_one: "about a minute", "약 1분";
    wait_soon: "less than a minute", "1분 이내";
    wait_unknown: "The wait is not known yet", "예상 대기 시간을 아직 알 수 없습니다";
    line_paused: "The line is paused. Nobody is being called right now.", "현재 입장이 일시 중지되었습니다";
    spoken: "{n} people ahead of you. {time}.", "내 앞에 {n}명이 있습니다. {time}.";
    spoken_zero: "You are next. {time}.", "다음 차례입니다. {time}.";
    spoken_one: "One person ahead of you. {time}.", "내 앞에 한 명이 있습니다. {time}.";
    turn_spoken: "It is your turn. Letting you in.", "입장 차례입니다. 곧 이동합니다.";
    turn_title: "Your turn!", "입장 차례입니다!";
    need_not_stay: "You do not have to wait here. Keep this page open, or come back now and then: we keep your place as long as we hear from you.",
        "화면을 계속 보고 있지 않아도 됩니다. 이 페이지를 열어 두거나 가끔 다시 접속해 주세요. 접속이 확인되는 동안 순번이 유지됩니다.";
    reloads_itself: "This page reloads every {n} seconds.", "이 페이지는 {n}초마다 새로고침됩니다.";
    leave: "Leave the line", "대기 취소";
    stay_in_line: "Stay in line", "계속 대기하기";
    leave_text: "You give up your number. If you join again, you start at the end of the line.",
        "대기 순번이 취소됩니다. 다시 대기하면 맨 뒤 순번을 받습니다.";

    // The turn.
    your_turn: "It is your turn", "입장 차례입니다";
    time_to_choose: "Time left to choose and pay", "좌석 선택 및 결제 남은 시간";
    you_have_until: "You have until", "이용 마감:";
    turn_note: "Each seat you hold stays yours for {wait}, even if your turn ends in the meantime.",
        "선점한 좌석은 이용 시간이 끝나도 각각 {wait} 동안 유지됩니다.";
    left_60: "One minute left", "1분 남았습니다";
    left_10: "Ten seconds left", "10초 남았습니다";
    give_up: "Give up your turn", "예매 그만하기";
    give_up_text: "Your turn ends, and the seats you hold go back on sale.", "이용이 종료되고, 선점한 좌석은 모두 취소됩니다.";
    choose_any: "Choose your seats. You have until {time}.", "좌석을 선택하세요. {time}까지 이용할 수 있습니다.";
    show_time_left: "Show the time left", "남은 시간 보기";
    time_left: "Time left", "남은 시간";

    // Over.
    over_title: "Your turn is over", "예매 가능 시간이 종료되었습니다";
    over_text: "Your time ran out. Nothing was paid, and the seats you held are back on sale.",
        "이용 시간이 지났습니다. 결제되지 않았으며, 선점한 좌석은 취소되었습니다.";
    over_left: "You have left", "예매를 그만두었습니다";
    over_left_text: "You gave up your place, and the seats you held are back on sale.", "대기 순번과 선점한 좌석이 취소되었습니다.";
    over_paid: "Paid. Enjoy the show", "결제 완료. 즐거운 관람 되세요";
    over_paid_text: "Your payment ended your turn. Your tickets are under My tickets.",
        "결제가 완료되어 이용이 종료되었습니다. 티켓은 예매 내역에서 확인할 수 있습니다.";
    over_nothing_held: "You can choose no more seats, and you hold none.", "더 이상 좌석을 선택할 수 없으며, 선점한 좌석이 없습니다.";
    join_again: "Join again", "다시 대기하기";
    show_tickets: "Show my tickets", "예매 내역 보기";
    see_dates: "See the dates", "공연 일정 보기";

    // Seats.
    lost_seats: "Connection lost. The seats shown may be out of date; reconnecting.",
        "연결이 끊겼습니다. 좌석 정보가 최신이 아닐 수 있으며, 다시 연결하고 있습니다.";
    you_hold: "You are holding seats {seats}.", "{seats}번 좌석을 선점했습니다.";
    you_hold_one: "You are holding seat {seats}.", "{seats}번 좌석을 선점했습니다.";
    turn_ends: "Your turn ends at {time}", "이용 마감 {time}";
    choosing_over: "Your time to choose seats has ended. You can still pay for the seats you hold.",
        "좌석 선택 시간이 종료되었습니다. 선점한 좌석은 계속 결제할 수 있습니다.";
    turn_ended: "Your turn has ended. We keep the seats you chose for your next turn.",
        "예매 가능 시간이 종료되었습니다. 선택한 좌석은 다음 입장 때 다시 표시됩니다.";
    turn_ended_zero: "Your turn has ended.", "예매 가능 시간이 종료되었습니다.";
    go_to_checkout: "Go to checkout", "결제하러 가기";
    stage: "STAGE", "무대";
    legend: "Seat map key", "좌석 상태 안내";
    legend_free: "Available", "선택 가능";
    legend_chosen: "Your choice", "선택한 좌석";
    legend_held: "Held", "선점된 좌석";
    legend_sold: "Sold", "예매 완료";
    legend_mine: "Held for you", "내가 선점한 좌석";
    seat_free: "Seat {n}", "{n}번 좌석";
    seat_held: "Seat {n}, held by someone else", "{n}번 좌석, 다른 고객님이 선점한 좌석";
    seat_sold: "Seat {n}, sold", "{n}번 좌석, 예매 완료";
    seat_unavailable: "Seat {n}, not for sale", "{n}번 좌석, 예매할 수 없는 좌석";
    seat_mine: "Seat {n}, held for you: go to checkout", "{n}번 좌석, 내가 선점한 좌석: 결제하러 가기";
    seat_paid: "Seat {n}, yours: see your tickets", "{n}번 좌석, 내가 예매한 좌석: 예매 내역 보기";
    seats_range: "Seats {from} to {to}", "{from}번~{to}번 좌석";
    parts: "Parts of the hall", "구역";
    parts_with_free: "Part of the hall, and how many seats are available", "구역 및 잔여 좌석 수";
    show_part: "Show this part", "이 구역 보기";
    chosen: "{n} seats: {total}", "{n}석: {total}";
    chosen_one: "1 seat: {total}", "1석: {total}";
    chosen_none: "No seat chosen yet", "선택한 좌석이 없습니다";
    which: "Seats {seats}", "{seats}번";
    which_one: "Seat {seats}", "{seats}번";
    limit_hint_zero: "You have as many seats as you may", "1인당 최대 매수를 모두 채웠습니다";
    limit_hint: "You may choose up to {n}", "최대 {n}석까지 선택할 수 있습니다";
    limit: "You may choose up to {n} seats. Remove one to choose another.",
        "최대 {n}석까지 선택할 수 있습니다. 다른 좌석을 선택하려면 먼저 한 좌석을 취소해 주세요.";
    limit_one: "You may choose one seat. Remove it to choose another.",
        "1석만 선택할 수 있습니다. 다른 좌석을 선택하려면 먼저 선택한 좌석을 취소해 주세요.";
    over_limit: "One person may have up to {n} seats in this sale, and you have {had}. No longer selected: {seats}",
        "이 예매에서는 1인당 최대 {n}석까지 예매할 수 있으며, 현재 {had}석을 선점 또는 예매했습니다. 선택이 해제된 좌석: {seats}번";
    over_limit_one: "One person may have one seat in this sale, and you have {had}. No longer selected: {seats}",
        "이 예매에서는 1인당 1석만 예매할 수 있으며, 현재 {had}석을 선점 또는 예매했습니다. 선택이 해제된 좌석: {seats}번";
    over_holds: "You may hold up to {n} seats of this concert at a time, and you hold {had}. No longer selected: {seats}",
        "이 공연에서는 한 번에 최대 {n}석까지 선점할 수 있으며, 현재 {had}석을 선점했습니다. 선택이 해제된 좌석: {seats}번";
    over_holds_one: "You may hold one seat of this concert at a time, and you hold {had}. No longer selected: {seats}",
        "이 공연에서는 한 번에 1석만 선점할 수 있으며, 현재 {had}석을 선점했습니다. 선택이 해제된 좌석: {seats}번";
    restored: "The seats that you chose before are selected again.", "이전에 선택한 좌석이 다시 선택되었습니다.";
    choose_first: "Choose a seat first.", "좌석을 먼저 선택해 주세요.";
    taken: "Someone else has just taken seats {seats}. Your other seats are still selected.",
        "{seats}번 좌석은 방금 다른 고객님이 선점했습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    taken_one: "Someone else has just taken seat {seats}. Your other seats are still selected.",
        "{seats}번 좌석은 방금 다른 고객님이 선점했습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    taken_last: "Someone else has just taken seats {seats}. Please choose again.",
        "{seats}번 좌석은 방금 다른 고객님이 선점했습니다. 좌석을 다시 선택해 주세요.";
    taken_last_one: "Someone else has just taken seat {seats}. Please choose another.",
        "{seats}번 좌석은 방금 다른 고객님이 선점했습니다. 다른 좌석을 선택해 주세요.";
    hold_seats: "Hold these seats", "좌석 선택 완료";

    // Checkout.
    checkout: "Checkout", "결제";
    checkout_empty: "You are not holding any seats", "선점한 좌석이 없습니다";
    checkout_empty_text: "Seats that you hold appear here until you pay for them.", "선점한 좌석은 결제를 마칠 때까지 여기에 표시됩니다.";
    yours_for: "Time left to pay", "결제 남은 시간";
    nobody_else: "Nobody else can take these seats until {time}", "{time}까지 다른 고객님은 이 좌석을 선택할 수 없습니다";
    pay_left_60: "One minute left to pay", "결제 시간이 1분 남았습니다";
    pay_left_10: "Ten seconds left to pay", "결제 시간이 10초 남았습니다";
    yours_for_first: "Time left for the first of your seats", "가장 먼저 마감되는 좌석의 결제 남은 시간";
    time_up: "Your time for these seats is up. They may still be available:",
        "결제 시간이 지나 이 좌석의 선점이 취소되었습니다. 아직 선택할 수 있는지 확인해 보세요:";
    time_up_spoken: "Your time for these seats is up.", "결제 시간이 지나 이 좌석의 선점이 취소되었습니다.";
    expired: "Your time for seats {seats} is up, and they were not paid. They may still be available:",
        "{seats}번 좌석은 결제 시간이 지나 선점이 취소되었습니다. 아직 선택할 수 있는지 확인해 보세요:";
    expired_one: "Your time for seat {seats} is up, and it was not paid. It may still be available:",
        "{seats}번 좌석은 결제 시간이 지나 선점이 취소되었습니다. 아직 선택할 수 있는지 확인해 보세요:";
    back_to_seats: "Back to the seats", "좌석 선택으로 돌아가기";
    seat: "Seat", "좌석";
    seat_n: "Seat {n}", "{n}번 좌석";
    held_until: "held until {time}", "{time}까지 선점";
    release: "Release", "좌석 취소";
    release_seat: "Release seat {n}", "{n}번 좌석 취소";
    change_seats: "Add or change seats", "좌석 추가 또는 변경";
    pay_from_wallet: "Pay from your wallet", "지갑 잔액으로 결제";
    n_seats: "{n} seats", "{n}석";
    n_seats_one: "1 seat", "1석";
    left_after: "Balance left", "결제 후 잔액";
    missing: "Short by", "부족한 금액";
    more_needed: "You need {amount} more.", "잔액이 {amount} 부족합니다.";
    put_in: "Amount to add", "충전할 금액";
    charge_first: "This adds money only. You then pay with one more press.", "충전만으로는 결제되지 않습니다. 충전 후 결제하기를 눌러 주세요.";
    pay_amount: "Pay {amount}", "{amount} 결제하기";
    pay_note: "Paying ends your turn.", "결제가 완료되면 다른 좌석은 더 선택할 수 없습니다.";
    pay_note_others: "Paying ends your turn. Seats you hold for other concerts go back on sale.",
        "결제가 완료되면 이용이 종료되고, 다른 공연에서 선점한 좌석은 취소됩니다.";

    // Wallet, tickets, receipt.
    balance: "Balance", "잔액";
    wallet_text: "You pay for tickets from here. You can add money at any time, even while you wait.",
        "티켓은 지갑 잔액으로 결제합니다. 입장 전에도 충전할 수 있으니 대기하는 동안 미리 충전해 두세요.";
    wallet_stranger: "You get a wallet when you join the line.", "예매 대기를 시작하면 지갑이 만들어집니다.";
    charge: "Add money", "잔액 충전";
    quick_amounts: "Quick amounts", "간편 금액 선택";
    amount: "Amount", "충전 금액";
    amount_hint: "From {least} to {most}", "{least}부터 {most}까지 충전할 수 있습니다";
    charge_wallet: "Add to wallet", "충전하기";
    no_tickets: "No tickets yet", "예매 내역이 없습니다";
    no_tickets_text: "The tickets you buy appear here.", "예매한 티켓이 여기에 표시됩니다.";
    bill: "Bill", "결제 번호";
    pages: "Pages", "페이지";
    older_tickets: "Older tickets", "이전 예매 내역";
    receipt: "Receipt", "영수증";
    total: "Total", "총 결제 금액";
    paid_from_wallet: "Paid from your wallet. Balance now: {amount}", "지갑 잔액으로 결제했습니다. 현재 잔액: {amount}";
    print: "Print", "인쇄하기";

    // Notices.
    notice_charged: "The money is in your wallet.", "충전이 완료되었습니다.";
    notice_charged_to_pay: "The money is in your wallet. Nothing is paid yet: press the button to pay.",
        "충전이 완료되었습니다. 아직 결제되지 않았으니 결제하기를 눌러 주세요.";
    notice_charged_too_little: "The money is in your wallet, but it is not enough yet. Nothing is paid.",
        "충전이 완료되었지만 잔액이 아직 부족합니다. 결제되지 않았습니다.";
    notice_released: "Seat {seat} is released and on sale again.", "{seat}번 좌석이 취소되었습니다.";
    notice_paid: "Paid. The seats are yours.", "결제가 완료되었습니다. 예매가 확정되었습니다.";
    notice_signed_out: "You are signed out on this browser.", "로그아웃되었습니다.";
    notice_left: "You have left the line.", "대기를 취소했습니다.";
    notice_seat_held: "Someone else was faster: seat {seat} is taken. Your other seats are still selected.",
        "{seat}번 좌석은 이미 다른 고객님이 선점했습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    notice_seat_sold: "Someone else was faster: seat {seat} is sold. Your other seats are still selected.",
        "{seat}번 좌석은 이미 예매되었습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    notice_seat_unavailable: "Seat {seat} is not for sale. Your other seats are still selected.",
        "{seat}번 좌석은 예매할 수 없습니다. 나머지 좌석은 그대로 선택되어 있습니다.";
    notice_seat_not_held: "You no longer hold seat {seat}.", "{seat}번 좌석의 선점이 해제되었습니다.";
    notice_hold_expired: "Your time for seat {seat} is up. Nothing was paid, and the seat may still be available.",
        "{seat}번 좌석의 결제 시간이 지났습니다. 결제되지 않았으며, 좌석이 아직 남아 있을 수 있습니다.";
    notice_hold_limit: "You hold as many seats for this concert as one person may.", "이 공연의 1인당 예매 가능 매수를 초과했습니다.";
    notice_seat_limit: "With the seats that you have, this is more than one person may have in this sale.", "이미 보유한 좌석을 포함하여 이 예매의 1인당 예매 가능 매수를 초과했습니다.";
    notice_other_sale: "This seat belongs to another of your sales, so nothing was done. Please go on in that sale.",
        "다른 예매에 속한 좌석이라 처리하지 않았습니다. 해당 예매에서 진행해 주세요.";
    notice_group_required: "This sale is only for members, and you are not signed in as one. You have not joined.",
        "회원 전용 예매입니다. 회원으로 확인되지 않아 대기를 시작하지 못했습니다.";
    notice_code_invalid: "This access code is not valid for this sale. Please check it and try again.",
        "이 예매에서 사용할 수 없는 참여 코드입니다. 코드를 확인한 후 다시 입력해 주세요.";
    notice_code_used_up: "This access code has been used as often as it may be. You need another one to join.",
        "사용 횟수를 모두 채운 참여 코드입니다. 다른 참여 코드가 필요합니다.";
    notice_join_early: "You cannot join this sale yet. The page says from when.", "아직 대기를 시작할 수 없습니다. 시작 시각을 확인해 주세요.";
    notice_join_over: "This sale is over. Nobody can join any more.", "종료된 예매입니다. 더 이상 대기할 수 없습니다.";
    notice_sale_not_open: "This concert is not on sale yet.", "아직 예매가 시작되지 않은 공연입니다.";
    notice_sale_closed: "Sales for this concert have closed.", "예매가 종료된 공연입니다.";
    notice_sale_over: "The sale is over, so no seat was held.", "예매가 종료되어 좌석을 선점하지 못했습니다.";
    notice_no_place: "You have no place in line at the moment, so nothing was done.", "현재 대기 또는 예매 중이 아니므로 처리하지 않았습니다.";
    notice_no_user: "This browser is not signed in any more, so nothing was done.", "이 브라우저의 이용자 정보가 없어 처리하지 않았습니다.";
    notice_holds_changed: "You hold other seats now than that page showed, so nothing was done. Please check what you hold and try again.",
        "그 화면을 연 뒤 선점한 좌석이 바뀌어 처리하지 않았습니다. 현재 선점한 좌석을 확인한 후 다시 시도해 주세요.";
    notice_place_changed: "Your place has changed since that page was opened, so nothing was done. This is how it stands now.",
        "그 화면을 연 뒤 대기 상태가 바뀌어 처리하지 않았습니다. 현재 상태를 확인해 주세요.";
    notice_balance_changed: "Your balance has changed since that page was opened, so no money was added. Please check it and try again.",
        "그 화면을 연 뒤 잔액이 바뀌어 충전하지 않았습니다. 현재 잔액을 확인한 후 다시 시도해 주세요.";
    notice_user_changed: "This browser is used by somebody else now than when that page was opened, so no money was added.",
        "그 화면을 연 뒤 이 브라우저의 이용자가 바뀌어 충전하지 않았습니다.";
    notice_insufficient_balance: "Your balance is too low. Nothing was paid.", "잔액이 부족합니다. 결제되지 않았습니다.";
    notice_balance_limit: "Your wallet cannot hold that much.", "지갑의 최대 보유 한도를 초과합니다.";
    notice_not_admitted: "It is not your turn yet.", "아직 입장 차례가 아닙니다.";
    notice_pass_ended: "Your turn has ended.", "예매 가능 시간이 종료되었습니다.";
    notice_no_seat: "Choose a seat first.", "좌석을 먼저 선택해 주세요.";
    notice_amount: "Please enter an amount from {least} to {most}. For example: {example}",
        "{least}부터 {most}까지의 금액을 입력해 주세요. 예: {example}";
    notice_name: "Please enter a name of up to 200 characters, without control characters or invisible ones.",
        "이름을 200자 이내로 입력해 주세요. 제어 문자나 보이지 않는 문자는 사용할 수 없습니다.";
    notice_token: "This code is not valid here, or it has expired or been used.", "유효하지 않거나, 기한이 지났거나, 이미 사용된 코드입니다.";
    notice_form_over: "This form was sent before, or it was open for too long. If you are not in line yet, please send it again.",
        "이미 전송되었거나 너무 오래 열려 있던 양식입니다. 아직 대기 전이라면 다시 시도해 주세요.";
    notice_form_again: "This form was used before. No money was added this time; please send it again.",
        "이미 처리된 요청입니다. 이번에는 충전되지 않았으니 다시 시도해 주세요.";

    // Error pages.
    error_not_found: "Page not found", "페이지를 찾을 수 없습니다";
    error_not_found_text: "This page does not exist. It may have moved, or the address may be incomplete.",
        "존재하지 않는 페이지입니다. 주소가 바뀌었거나 잘못 입력되었을 수 있습니다.";
    error_busy: "We cannot do that right now", "지금은 처리할 수 없습니다";
    error_busy_text: "Please try again in a moment. Your place in line and the seats you hold are kept.",
        "잠시 후 다시 시도해 주세요. 대기 순번과 선점한 좌석은 그대로 유지됩니다.";
    error_unknown: "We do not know if that worked", "처리 결과를 확인할 수 없습니다";
    error_unknown_text: "We lost contact with our database. Check your tickets and wallet before trying again.",
        "처리 중 데이터베이스와의 연결이 끊겼습니다. 다시 시도하기 전에 예매 내역과 지갑을 확인해 주세요.";
    error_cookies: "There is a problem with this browser's cookies", "이 브라우저의 쿠키에 문제가 있습니다";
    error_no_cookies: "This browser did not send our cookie", "이 브라우저에서 쿠키가 전송되지 않았습니다";
    error_no_cookies_text: "We recognise you by a cookie, and without it we cannot keep a place for you. Please allow cookies for this site in your browser's settings (often behind the icon beside the address), then try again. Nothing was changed.",
        "쿠키로 본인을 확인하므로, 쿠키가 없으면 대기 순번을 유지할 수 없습니다. 브라우저 설정(주소창 옆 아이콘)에서 이 사이트의 쿠키를 허용한 후 다시 시도해 주세요. 변경된 내용은 없습니다.";
    error_doubled_cookie_text: "This browser sends two different cookies of the same name, so we cannot tell who you are. Please delete the cookies of this site and try again. Nothing was changed.",
        "이름이 같은 쿠키가 두 개 전송되어 누구인지 확인할 수 없습니다. 이 사이트의 쿠키를 삭제한 후 다시 시도해 주세요. 변경된 내용은 없습니다.";
    error_too_large: "That is too much at once", "입력 내용이 너무 깁니다";
    error_too_large_text: "We accept at most {kib} KiB in one form. Please shorten what you entered and try again. Nothing was changed.",
        "한 번에 최대 {kib}KiB까지 보낼 수 있습니다. 내용을 줄여 다시 시도해 주세요. 변경된 내용은 없습니다.";
    error_too_slow: "Your request took too long to arrive", "요청 전송이 너무 오래 걸렸습니다";
    error_too_slow_text: "Please check your connection and try again. Nothing was changed.",
        "네트워크 연결을 확인한 후 다시 시도해 주세요. 변경된 내용은 없습니다.";
    error_cross_site: "This request came from another site", "다른 사이트에서 보낸 요청입니다";
    error_cross_site_text: "For your safety we only accept forms from our own pages. Nothing was changed.",
        "안전을 위해 이 사이트에서 보낸 요청만 처리합니다. 변경된 내용은 없습니다.";
    error_bad_request: "We cannot read that request", "잘못된 요청입니다";
    error_bad_request_text: "Something in this request is not valid. Nothing was changed.", "요청 내용이 올바르지 않습니다. 변경된 내용은 없습니다.";
    try_again: "Try again", "다시 시도";
}
