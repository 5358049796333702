//! The words about sales, on fans' and operators' pages.

words! { SaleWords:
    // Where a sale stands.
    state_ahead: "Opens {opens}. You can join from {time} (in {wait})", "{opens} 예매 시작. {time}부터 대기할 수 있습니다 ({wait} 후)";
    state_lobby: "Opens {time} (in {wait}). You can join now", "{time} 예매 시작 ({wait} 후). 지금 대기할 수 있습니다";
    state_opening: "About to open. You can join now", "곧 예매가 시작됩니다. 지금 대기할 수 있습니다";
    state_beacon: "Waiting for the public value of the draw. You can join now", "추첨에 쓰일 공개 값을 기다리는 중입니다. 지금 대기할 수 있습니다";
    state_paused: "Paused: nobody is let in right now. You can join", "현재 입장이 일시 중지되었습니다. 지금 대기할 수 있습니다";
    state_open: "Open now", "예매 중";
    state_open_until: "Open until {time}", "{time}까지 예매 가능";
    state_over: "Over since {time}", "{time} 예매 종료";
    order_arrival: "First come, first served", "선착순 입장";
    order_draw: "Order by draw", "추첨 순서로 입장";
    from_price: "From {price}", "{price}부터";
    seats_each: "Up to {n} seats per person", "1인 최대 {n}매";
    seats_each_one: "One seat per person", "1인 1매";
    access_code: "With an access code", "참여 코드 필요";
    access_group: "Only for members of {group}", "{group} 회원 전용";

    // The first page and a sale's page.
    sales: "What opens when", "예매 일정";
    see_sale: "See the sale", "예매 안내 보기";
    your_places: "Your places in line", "나의 대기 현황";
    your_number_is: "You are in line: number {n}", "대기 순번 {n}번으로 대기 중";
    your_turn_until: "It is your turn until {time}", "{time}까지 이용 가능";
    lobby_at: "Join from", "대기 시작";
    opens: "Opens", "예매 시작";
    closes: "Closes", "예매 종료";
    what_it_sells: "What it sells", "예매 공연";
    sells_nothing: "Its concerts have not been announced yet.", "아직 공개된 공연이 없습니다.";
    your_access_code: "Access code", "참여 코드";
    access_code_hint: "For example 7K3F-9Q2M-X8TD-4WZN. It is used up once you join, and joining again costs nothing.",
        "예: 7K3F-9Q2M-X8TD-4WZN. 대기를 시작하면 사용 처리되며, 다시 대기할 때는 필요하지 않습니다.";
    join_draw_text: "It does not matter when you join before the opening: the order is then drawn among everybody who is here.",
        "예매 시작 전에는 대기를 언제 시작해도 추첨에 영향을 주지 않습니다. 시작 시각에 대기 중인 모든 고객을 대상으로 순서를 추첨합니다.";
    join_behind_text: "The draw is over. You come behind those who took part, in the order of joining.",
        "추첨이 끝났습니다. 추첨 참가자 다음에 대기 순서대로 입장합니다.";
    join_late_text: "It is settled who takes part in the draw. You come behind those who were in the lobby, in the order of joining.",
        "추첨 참가가 마감되었습니다. 추첨 참가자 다음에 대기 순서대로 입장합니다.";
    not_a_member: "This browser is not signed in as a member. If you are one, open the link that the organiser sent you.",
        "이 브라우저에서는 회원으로 확인되지 않습니다. 회원이라면 주최사에서 받은 링크를 열어 주세요.";
    join_not_now: "You cannot join now", "지금은 대기할 수 없습니다";

    // The lobby and the draw.
    lobby_title: "Waiting for the opening", "예매 시작 대기 중";
    opens_in: "Time until the opening", "예매 시작까지 남은 시간";
    opens_at: "Opens {time}", "{time} 예매 시작";
    opening_now: "Opening now", "예매가 곧 시작됩니다";
    opens_left_60: "One minute until the opening", "예매 시작까지 1분 남았습니다";
    opens_left_10: "Ten seconds until the opening", "예매 시작까지 10초 남았습니다";
    lobby_arrival_text: "At the opening people are let in by their numbers. There is nothing else to do.",
        "예매가 시작되면 대기 순번대로 입장합니다. 이 페이지를 열어 두기만 하면 됩니다.";
    lobby_draw_text: "At the opening the order is drawn among everybody who is here. There is nothing else to do.",
        "예매가 시작되면 대기 중인 모든 고객을 대상으로 순서를 추첨합니다. 이 페이지를 열어 두기만 하면 됩니다.";
    beacon_awaited: "Waiting for the public value of the draw", "추첨에 쓰일 공개 값을 기다리는 중입니다";
    beacon_drawn_text: "You take part in the draw. Its order is known once the value is there. There is nothing else to do.",
        "추첨에 참가했습니다. 공개 값이 정해지면 순서가 결정됩니다. 이 페이지를 열어 두기만 하면 됩니다.";
    beacon_behind_text: "You come behind those who take part in the draw, in the order of joining. There is nothing else to do.",
        "추첨 참가자 다음에 대기 순서대로 입장합니다. 이 페이지를 열어 두기만 하면 됩니다.";
    drawn_place: "Drawn to place {n}", "추첨 결과 {n}번째";
    how_to_check: "How to check the draw", "추첨 확인 방법";
    outlook_likely: "Seats will probably be left when your turn comes, but nobody can promise it.",
        "입장할 때 좌석이 남아 있을 가능성이 높지만, 보장되지는 않습니다.";
    outlook_uncertain: "Nobody can say whether seats will be left when your turn comes.", "입장할 때 좌석이 남아 있을지 알 수 없습니다.";
    outlook_unlikely: "Probably no seats will be left when your turn comes.", "입장할 때 좌석이 남아 있지 않을 가능성이 높습니다.";
    outlook_sold_out: "Every seat is sold.", "전 좌석이 매진되었습니다.";
    over_waiting: "The sale is over", "예매가 종료되었습니다";
    over_waiting_text: "It ended before your turn came. Nothing was paid.", "입장 차례가 오기 전에 예매가 종료되었습니다. 결제된 내역은 없습니다.";

    // What anybody can check.
    fairness: "How the order is decided", "입장 순서 결정 방법";
    fair_arrival: "People are let in by their numbers, which they got in the order of joining. There is no draw.",
        "대기를 시작한 순서대로 받은 순번에 따라 입장합니다. 추첨은 하지 않습니다.";
    fair_ahead: "The order will be drawn at the opening by a secret seed. The commitment below, published in advance, shows that the seed is not chosen later.",
        "예매 시작 시각에 비밀 시드로 순서를 추첨합니다. 미리 공개한 아래 확약값으로 시드가 나중에 바뀌지 않았음을 확인할 수 있습니다.";
    fair_settled: "It is settled who takes part in the draw. Its order is known once the public value is there whose source is named below.",
        "추첨 참가가 마감되었습니다. 아래 출처의 공개 값이 정해지면 순서가 결정됩니다.";
    fair_never: "The sale was over before the draw, so no order was drawn.", "추첨 전에 예매가 종료되어 추첨이 진행되지 않았습니다.";
    fair_drawn: "The order was drawn by the seed below, whose SHA-256 is the commitment that was published in advance.",
        "아래 시드로 순서를 추첨했습니다. 시드의 SHA-256 값은 미리 공개한 확약값과 같습니다.";
    your_draw: "Your number {n} came to place {place}.", "순번 {n}번은 추첨 결과 {place}번째입니다.";
    check_with: "Recompute the whole order with this command:", "다음 명령으로 전체 순서를 다시 계산할 수 있습니다:";
    check_by_hand: "Or by any program: number n comes by the SHA-256 of the seed, the beacon and n as 8 bytes, ascending.",
        "다른 프로그램으로도 확인할 수 있습니다. 시드, 비콘, 8바이트 순번을 이어 붙인 SHA-256 값의 오름차순이 입장 순서입니다.";
    no_beacon_ahead: "The operator can know the seed in advance.", "운영자는 시드를 미리 알 수 있습니다.";
    no_beacon: "The operator could have known the seed.", "운영자가 시드를 미리 알 수 있었습니다.";
    with_beacon_ahead: "The beacon is a public value that does not exist while people join the draw, so nobody can know the order in advance.",
        "비콘은 추첨 참가가 끝난 뒤에야 정해지는 공개 값이므로, 누구도 순서를 미리 알 수 없습니다.";
    with_beacon: "The beacon is a public value that did not exist while people joined the draw, so nobody could know the order in advance.",
        "비콘은 추첨 참가가 끝난 뒤에 정해진 공개 값이므로, 누구도 순서를 미리 알 수 없었습니다.";
    commitment: "Commitment (SHA-256 of the seed)", "확약값(시드의 SHA-256)";
    seed: "Seed", "시드";
    beacon: "Beacon", "비콘";
    beacon_source: "Source of the beacon", "비콘 출처";
    lobby_tail: "Numbers before the opening", "예매 시작 전 마지막 대기 순번";
    head: "Called up to place", "현재 입장 순서";
    tail: "Numbers given out", "마지막 대기 순번";
    technical: "The values", "확인용 값";
    back_to_sale: "Back to the sale", "예매 페이지로 돌아가기";

    // For operators.
    nav_sales: "Sales", "예매";
    main_sale: "Main sale", "기본 예매";
    make_sale: "Make a sale", "예매 등록";
    change_sale: "Change the sale", "예매 정보 변경";
    save: "Save", "저장하기";
    sale: "Sale", "예매";
    phase: "Phase", "상태";
    when: "Times", "일정";
    seats_left: "Seats left", "잔여 좌석";
    phase_ahead: "Nobody can join yet", "대기 시작 전";
    phase_lobby: "Lobby", "시작 대기 중";
    phase_beacon: "Waiting for the beacon", "비콘 입력 대기";
    phase_open: "Open", "예매 중";
    phase_paused: "Paused", "일시 중지";
    phase_over: "Over", "종료";
    fans_page: "Page for fans", "고객용 페이지";
    make_codes: "Make access codes", "참여 코드 발급";
    seed_unreadable: "This sale cannot open: the stored seed of its draw cannot be read. It is damaged, or was sealed with another token secret. Start the server with the token secret with which the sale was made, or make another sale.",
        "예매를 시작할 수 없습니다. 저장된 추첨 시드를 읽을 수 없습니다. 시드가 손상되었거나 다른 토큰 비밀 키로 암호화되었습니다. 예매를 등록할 때 쓴 토큰 비밀 키로 서버를 시작하거나 예매를 새로 등록하세요.";
    seed_not_committed: "This sale cannot open: the stored seed of its draw does not fit the published commitment. Make another sale.",
        "예매를 시작할 수 없습니다. 저장된 추첨 시드가 미리 공개한 확약값과 맞지 않습니다. 예매를 새로 등록하세요.";
    enter_beacon: "Enter the beacon", "비콘 입력";
    beacon_text: "Nobody joins the draw any more. Enter the value of its source, exactly. Once it is published it is final, and the sale opens. Source: {source}",
        "추첨 참가가 마감되었습니다. 출처의 값을 정확히 입력하세요. 공개한 뒤에는 바꿀 수 없으며, 공개하면 예매가 시작됩니다. 출처: {source}";
    show_beacon: "Show what will be published", "공개될 값 확인";
    beacon_look: "This will be published", "다음 값이 공개됩니다";
    beacon_final: "Compare it with its source, character by character. It cannot be changed afterwards.",
        "출처의 값과 한 글자씩 비교하세요. 공개한 뒤에는 바꿀 수 없습니다.";
    as_text: "Text", "텍스트";
    as_hex: "Bytes, in hexadecimal", "바이트(16진수)";
    beacon_with_hex: "{text} (in hexadecimal {hex})", "{text}(16진수 {hex})";
    publish_beacon: "Publish it and open the sale", "공개하고 예매 시작";
    correct_beacon: "Correct it", "값 수정";
    bad_beacon: "Enter the value: it must have 1 to {most} bytes, spaces around it not counted.", "값을 입력하세요. 앞뒤 공백을 제외하고 1~{most}바이트여야 합니다.";
    beacon_not_asked: "The order of this sale needs no beacon.", "비콘을 사용하지 않는 예매입니다.";
    beacon_entered: "Another beacon has been published already. It is final.", "다른 비콘이 이미 공개되었습니다. 바꿀 수 없습니다.";
    beacon_early: "People can still join the draw. The beacon can be entered once the opening is due.",
        "아직 추첨에 참가할 수 있습니다. 예매 시작 시각이 지난 뒤에 입력할 수 있습니다.";
    beacon_over: "The sale is over, so no order is drawn.", "예매가 종료되어 추첨을 진행하지 않습니다.";
    listed: "Show it in the public list", "공개 목록에 표시";
    lobby_hint: "Empty: half an hour before the opening.", "비워 두면 시작 30분 전부터 대기할 수 있습니다.";
    opens_hint: "Empty: the sale is open at once.", "비워 두면 바로 시작됩니다.";
    closes_hint: "Empty: it never ends.", "비워 두면 종료되지 않습니다.";
    order: "Order", "입장 순서";
    by_arrival: "In the order of joining", "대기를 시작한 순서";
    by_draw: "By a draw at the opening", "시작 시각에 추첨";
    beacon_source_hint: "Of a draw, if you want one: a public value that does not exist yet, and where people can find it.",
        "추첨에 사용할 경우: 아직 정해지지 않은 공개 값과 그 값을 확인할 수 있는 곳을 적으세요.";
    access: "Who may join", "참여 대상";
    everyone: "Everybody", "누구나";
    by_code: "People with an access code", "참여 코드가 있는 고객";
    by_group: "Members of this group", "다음 그룹의 회원";
    group: "Group", "그룹";
    limit: "Most seats per person", "1인 최대 매수";
    limit_hint: "In all concerts of the sale together. Empty: no such limit.", "예매에 속한 모든 공연을 합한 매수입니다. 비워 두면 제한이 없습니다.";
    dials_hint: "Empty: as in the settings.", "비워 두면 설정값을 사용합니다.";
    begins_paused: "Begin paused", "일시 중지 상태로 시작";
    no_concerts: "There are no concerts yet. A concert can also name its sales when it is put on sale.",
        "등록된 공연이 없습니다. 공연을 등록할 때 예매를 선택할 수도 있습니다.";
    concerts_hint: "A concert that is chosen here leaves the main sale, unless it names that, too.",
        "여기서 선택한 공연은 따로 지정하지 않으면 기본 예매에서 제외됩니다.";
    main_concerts_hint: "The main sale also sells every concert that names no sale.",
        "기본 예매에서는 예매를 지정하지 않은 공연도 모두 판매합니다.";
    sold_by: "Sales that sell it", "판매할 예매";
    sold_by_hint: "None chosen: the main sale.", "선택하지 않으면 기본 예매에서 판매합니다.";
    bad_lobby: "People must be able to join before the opening, and the lobby must not be open yet.",
        "대기 시작은 예매 시작보다 늦을 수 없으며, 대기가 시작된 뒤에는 바꿀 수 없습니다.";
    bad_opens: "The opening must be in the future and before the end. Once the lobby is open it can only be put off.",
        "예매 시작은 미래 시각이며 종료보다 앞서야 합니다. 대기가 시작된 뒤에는 늦추기만 할 수 있습니다.";
    bad_closes: "The end must be in the future and after the opening. A sale that is over stays over.",
        "예매 종료는 미래 시각이며 시작보다 뒤여야 합니다. 종료된 예매는 다시 열 수 없습니다.";
    bad_order: "A draw needs an opening, and the order is fixed once the lobby is open.",
        "추첨에는 시작 시각이 필요하며, 대기가 시작된 뒤에는 순서를 바꿀 수 없습니다.";
    bad_beacon_source: "Only a draw has a source, and it is fixed once the lobby is open.",
        "추첨에만 사용할 수 있으며, 대기가 시작된 뒤에는 바꿀 수 없습니다.";
    bad_limit: "Enter a whole number from 1 to {most}, or nothing.", "1부터 {most}까지의 정수를 입력하거나 비워 두세요.";
    bad_dial: "Enter a whole number from 0 to {most}, or nothing.", "0부터 {most}까지의 정수를 입력하거나 비워 두세요.";
    needless_group: "Only members of a group need its name. Choose them above, or leave this empty.",
        "그룹 회원만 참여할 때 입력합니다. 위에서 그룹을 선택하거나 비워 두세요.";
    bad_group: "Enter the name of the group, without a comma.", "그룹 이름을 쉼표 없이 입력하세요.";
    bad_concerts: "These terms cannot be saved. Check the concerts and who may join.", "저장할 수 없는 내용입니다. 공연과 참여 대상을 확인하세요.";
    sale_exists: "This form has already made a sale. Nothing was saved this time. To make another one, send the form again.",
        "이 양식으로 이미 예매를 등록했습니다. 이번에는 저장되지 않았습니다. 다른 예매를 등록하려면 다시 보내 주세요.";
    sale_changed_since: "The sale has changed since that page was opened, so nothing was saved. What you entered is kept below. Check it, and send it again if it is still right. What changed:",
        "그 화면을 연 뒤 예매 정보가 바뀌어 저장하지 않았습니다. 입력한 내용은 그대로 있으니 확인한 후 다시 보내 주세요. 바뀐 내용:";
    codes_text: "Each code lets people join the sale. Codes are shown once: only their hashes are kept.",
        "참여 코드가 있어야 대기할 수 있습니다. 코드는 한 번만 표시되며 해시만 보관됩니다.";
    code_count: "How many codes", "코드 개수";
    code_uses: "People per code", "코드당 사용 인원";
    show_codes: "Make and show", "발급하여 표시";
    download_codes: "Make and download", "발급하여 다운로드";
    new_codes: "New access codes", "새 참여 코드";
    new_codes_hint: "Copy them now. They cannot be shown again.", "지금 복사해 두세요. 다시 표시할 수 없습니다.";
    bad_count: "Enter a whole number from 1 to {most}.", "1부터 {most}까지의 정수를 입력하세요.";
    bad_uses: "Enter how many people may use each code: a whole number from 1 to {most}.", "코드당 사용할 수 있는 인원을 1부터 {most}까지의 정수로 입력하세요.";
    codes_not_asked: "This sale asks for no access codes. Change who may join first.", "참여 코드를 사용하지 않는 예매입니다. 먼저 참여 대상을 변경하세요.";
    codes_exist: "This form has already made codes with other numbers. Nothing was made this time. To make more codes, send it again.",
        "이 양식으로 이미 다른 수량의 코드를 발급했습니다. 이번에는 발급되지 않았습니다. 더 발급하려면 다시 보내 주세요.";
    yes: "yes", "예";
    no: "no", "아니요";
    n_concerts: "{n} concerts", "공연 {n}개";
}
