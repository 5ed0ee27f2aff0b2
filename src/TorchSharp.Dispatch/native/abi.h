// What crosses the boundary: plain structs and C functions, no C++ type and no exception.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <exception>
#include <string>
#include <utility>

#define TD_API extern "C" __attribute__((visibility("default")))

namespace dispatch {

// The numbers are those of Tag in Argument.cs.
enum Tag : int32_t {
  None = 0,
  Tensor = 1,
  Int = 2,
  Double = 3,
  Bool = 4,
  Complex = 5,
  IntList = 6,
  DoubleList = 7,
  BoolList = 8,
  TensorList = 9,
  String = 10,
  Device = 11,
  Generator = 12,
  Default = 13,
  Slice = 14,
  Ellipsis = 15,
};

// A tagged argument or result. length: elements of a list, bytes of a string, index of a device.
struct Value {
  int32_t tag;
  int32_t length;
  union {
    int64_t integer;
    double real;
    void* pointer;
  };
};
static_assert(sizeof(Value) == 16, "Value is 16 bytes on both sides");

const char* libtorch_version() noexcept;
void set_error(const char* message) noexcept;

// Runs the body; 0, or 1 with the message kept for td_last_error.
template <class Body>
int32_t guarded(Body&& body) noexcept {
  try {
    std::forward<Body>(body)();
    return 0;
  } catch (const c10::Error& error) {
    set_error(error.what_without_backtrace());
  } catch (const std::exception& error) {
    set_error(error.what());
  } catch (...) {
    set_error("an exception of unknown type");
  }
  return 1;
}

inline at::Tensor* boxed(at::Tensor tensor) {
  return tensor.defined() ? new at::Tensor(std::move(tensor)) : nullptr;
}

}  // namespace dispatch
