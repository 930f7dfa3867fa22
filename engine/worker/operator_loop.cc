// SPDX-License-Identifier: MIT
#include "engine/worker/operators.h"
#include "engine/worker/work.h"

namespace pooltop {

namespace {

void run_item(Port& port, Operator& work, Answer& answer, const WorkItem& item) {
  port.set_current(item);
  answer.clear();
  work.apply(item.bytes, answer);
  if (answer.failure())
    port.fail(item, *answer.failure());
  else if (answer.outputs.size() == 1)
    port.answer(item, answer.outputs.front());
  else
    port.answer(item, answer.outputs);
}

}  // namespace

void run_operator(WorkContext& context) {
  const auto& config = std::get<OpWork>(context.spec.stage.work);
  const auto work = config.plugin ? open_plugin(context.resolve(*config.plugin), config.op, config.args,
                                                context.spec.max_item_bytes, context.log)
                                  : make_operator(config.op, config.args, context.spec.max_item_bytes);
  Port& port = context.port;
  Answer answer;
  WorkItem item;
  if (work->is_slow()) {
    while (port.take(item)) run_item(port, *work, answer, item);
    return;
  }
  while (port.take(item)) {
    port.open_batch();
    do run_item(port, *work, answer, item);
    while (port.try_take(item) == Port::Take::Item);
    port.close_batch();
  }
}

}  // namespace pooltop
