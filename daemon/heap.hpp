// How the process asks the system for memory, and gives it back.
#pragma once

namespace a2od {

/// To be called before threads are started.
void set_up_heap();

/// Gives the system back what is free between other memory. Takes tens of milliseconds where that is much, during which
/// other threads wait that ask for memory, but for the one of main(). Any thread.
void give_back_free_memory();

}  // namespace a2od
