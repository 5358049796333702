//! One suite for every backend: the cases do not know what keeps the store, and one line at the end of this
//! file runs them all on a backend.
//!
//! A case that no list names is dead code, which the lints refuse.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, helpers included")]

mod admission;
mod batches;
mod coverage;
mod halls;
mod line_cases;
mod line_openings;
mod line_restarts;
mod lines;
mod openings;
mod operators;
mod races;
mod reads;
mod results;
mod rows;
mod sale_races;
mod sales;
mod sequences;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "each suite uses its share of it")]
mod support;

use support::fixture::{SqliteFixture, StoreFixture};
use support::postgres::PostgresFixture;
use support::redis::RedisFixture;

macro_rules! cases {
    ($fixture:ty, $module:ident: $($case:ident)+) => { $(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $case() {
            super::$module::$case(<$fixture as super::StoreFixture>::fresh().await).await;
        }
    )+ };
}

macro_rules! store_conformance {
    ($backend:ident, $fixture:ty) => {
        mod $backend {
            cases! { $fixture, rows:
                a_registered_user_stays_registered
                a_charge_stays
                a_sales_times_survive_to_the_microsecond
                somebody_inside_stays_inside
                a_hold_stays_until_its_deadline
                a_released_seat_stays_free
                a_sold_seat_stays_sold
                leaving_is_for_good
                nobody_acts_with_another_users_number
                a_number_that_no_row_can_have_names_no_row
                a_live_hold_keeps_its_pass_alive
                the_line_goes_back_in_neither_numbers_nor_epoch
                what_was_acknowledged_survives_a_crash
            }
            cases! { $fixture, halls:
                kinds_and_kept_seats_survive
                a_kept_seat_is_not_held
                a_plan_comes_back_whole
                a_plan_that_many_bring_at_once_is_kept_once
                a_seat_keeps_its_kind_and_price_through_hold_release_and_payment
            }
            cases! { $fixture, results:
                a_repeated_request_has_the_same_answer_to_the_byte
                a_form_sent_again_registers_the_same_user
                a_code_is_used_once
                a_key_means_one_thing
                a_refusal_is_not_remembered
                tidying_drops_results_after_a_day_and_not_before
                a_lapsed_result_is_replaced_without_tidying
            }
            cases! { $fixture, reads:
                a_stranger_has_nothing
                reservations_are_live_holds_and_owned_seats_newest_first
                pages_of_reservations_have_no_gaps_and_repeat_nothing
                a_page_may_begin_after_any_time
                pages_of_bills_have_no_gaps_and_repeat_nothing
                an_audit_sees_every_row
                the_line_finds_its_passes_again
                passes_are_found_by_their_numbers
                every_concert_is_read_with_its_seats
                a_sale_that_does_not_exist_has_no_line
                a_line_is_left_open_until_it_is_closed
            }
            cases! { $fixture, operators:
                the_operator_log_says_who_opened_which_concert
                pages_of_the_operator_log_have_no_gaps_and_repeat_nothing
                a_user_is_found_as_written_down
                users_are_found_by_a_part_of_their_name
                users_are_found_however_their_name_is_typed
                a_users_passes_are_found_newest_first
                every_bill_of_the_sale_is_read_once_in_order
            }
            cases! { $fixture, batches:
                a_refusal_writes_nothing
                a_refused_command_harms_no_neighbour
                commands_of_one_batch_see_each_other_in_order
                seat_maps_show_a_write_before_it_is_answered
                a_full_queue_refuses_at_once_and_changes_nothing
                closing_finishes_what_was_accepted
                a_caller_who_goes_away_is_still_served
            }
            cases! { $fixture, sales:
                a_new_store_has_the_main_sale
                a_sale_comes_back_whole
                a_change_stays_and_raises_the_revision
                concerts_move_between_sales
                a_hold_stays_with_its_pass
                a_code_is_used_once_a_person_and_no_more_than_its_uses
                what_people_own_and_hold_counts_in_every_sale
                lines_of_two_sales_share_nothing
                an_admission_beside_a_change_of_its_line_counts
                a_form_changes_only_the_sale_that_its_page_showed
                what_operators_do_to_sales_is_logged
            }
            cases! { $fixture, openings:
                an_opening_is_final
                an_early_opening_is_refused_by_the_stores_clock
                a_closed_sale_lets_nobody_in
                a_draw_keeps_its_tail_until_its_beacon_is_known
            }
            cases! { $fixture, sequences: a_store_answers_as_the_rules_do }
        }
    };
}

macro_rules! race_conformance {
    ($backend:ident, $fixture:ty) => {
        mod $backend {
            cases! { $fixture, races:
                one_of_two_hundred_gets_the_expired_seat
                every_acknowledged_charge_counts
                money_is_spent_once
                paying_twice_at_once_gives_one_bill
                a_payment_at_the_deadline_loses_to_nobody_and_nothing
                fifty_identical_requests_have_one_effect
                forms_of_one_visit_register_one_user
                one_of_twenty_browsers_uses_a_code
                releasing_and_paying_exclude_each_other
                a_payment_ends_no_hold_that_its_page_did_not_show
                an_id_opens_one_concert
                a_crowd_shares_out_every_seat_once
                closing_ends_every_loop
            }
            cases! { $fixture, sale_races:
                fifty_people_share_the_uses_of_a_code
                a_form_for_codes_that_is_sent_at_once_makes_one_set
                a_limit_holds_in_two_tabs_and_two_sales
                a_sale_is_opened_once
            }
        }
    };
}

macro_rules! line_conformance {
    ($backend:ident, $fixture:ty) => {
        mod $backend {
            cases! { $fixture, line_cases:
                numbers_are_the_order_of_joining
                joining_again_finds_the_same_place
                with_room_and_nobody_ahead_one_is_called_at_once
                nobody_overtakes_somebody_who_waits
                a_pass_makes_a_called_person_inside
                payment_and_leaving_free_the_slot_at_once
                a_pass_that_runs_out_frees_its_slot
                only_a_called_number_can_claim
                an_unclaimed_call_goes_to_the_next
                the_cap_holds_in_a_crowd
                many_joins_at_once_get_every_number_once
                new_dials_count_at_once
                new_dials_are_logged_with_who_and_what_was_before
                dials_are_not_set_over_others_than_were_seen
                a_place_is_looked_up_without_giving_one
                the_head_is_noted
            }
            cases! { $fixture, line_openings:
                a_lobby_takes_people_and_calls_nobody_before_the_commit
                a_draw_orders_the_lobby_and_those_who_come_late_are_behind_it
                who_left_the_lobby_takes_no_slot
                a_line_takes_over_what_an_operator_changes
                a_sale_that_needs_no_opening_any_more_is_open
                a_line_that_closes_ends_those_who_wait
                a_lobby_survives_a_crash_and_calls_no_ghosts
                a_crash_at_any_step_ends_in_one_opening
                a_draw_waits_for_its_beacon
            }
            cases! { $fixture, line_restarts:
                after_a_clean_restart_there_are_no_ghosts
                a_closed_line_gives_out_no_number
                after_a_crash_no_number_is_given_out_twice
                after_a_crash_everybody_keeps_their_place
                inside_and_ended_come_from_the_passes
                an_unclaimed_call_is_made_again
                numbers_stay_unique_over_many_restarts
                dials_survive_and_settings_fill_the_rest
                the_rate_holds_across_a_restart
                a_place_is_found_again_after_a_restart
            }
            cases! { $fixture, lines:
                traces_in_two_lines_do_not_mix
                a_line_at_rest_opens_again_without_ghosts
                nobody_loses_a_place_while_a_line_rests
                those_who_come_at_once_share_one_line
                a_line_that_opens_late_knows_who_left_meanwhile
                lines_at_rest_survive_a_restart_and_a_crash
                a_line_goes_on_behind_the_numbers_of_another_kind_of_line
            }
        }
    };
}

store_conformance!(sqlite, crate::SqliteFixture);
race_conformance!(races_on_sqlite, crate::SqliteFixture);
line_conformance!(embedded, crate::SqliteFixture);
store_conformance!(postgres, crate::PostgresFixture);
race_conformance!(races_on_postgres, crate::PostgresFixture);
race_conformance!(races_on_three_writers, crate::PostgresFixture<3>);
line_conformance!(embedded_on_postgres, crate::PostgresFixture);
line_conformance!(redis, crate::RedisFixture<false>);
line_conformance!(redis_that_forgets, crate::RedisFixture<true>);
