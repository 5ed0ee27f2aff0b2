// Every ATen operator, called by schema name with tagged arguments that are checked against the schema first:
// libtorch itself does not check boxed calls.
#include "abi.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>

#include <algorithm>
#include <memory>
#include <sstream>
#include <vector>

namespace dispatch {
namespace {

enum class Kind { Tensor, Int, Float, Bool, Number, String, Device, Generator, List, Other };

Kind kind_of(const c10::Type& type) {
  switch (type.kind()) {
    case c10::TypeKind::TensorType: return Kind::Tensor;
    case c10::TypeKind::IntType: return Kind::Int;
    case c10::TypeKind::FloatType: return Kind::Float;
    case c10::TypeKind::BoolType: return Kind::Bool;
    case c10::TypeKind::NumberType: return Kind::Number;
    case c10::TypeKind::StringType: return Kind::String;
    case c10::TypeKind::DeviceObjType: return Kind::Device;
    case c10::TypeKind::GeneratorType: return Kind::Generator;
    case c10::TypeKind::ListType: return Kind::List;
    default: return Kind::Other;
  }
}

struct Parameter {
  std::string name;
  std::string type_text;
  Kind kind = Kind::Other;
  bool optional = false;
  // For lists: what they hold, and n where the schema says int[n], which a single value stands for.
  Kind element = Kind::Other;
  bool optional_elements = false;
  c10::TypePtr element_type;
  int32_t fixed_length = 0;
  bool has_default = false;
  c10::IValue default_value;
};

struct Operator {
  c10::OperatorHandle handle;
  std::string name;
  std::vector<Parameter> parameters;
  size_t results;
};

Parameter describe(const c10::Argument& argument) {
  Parameter parameter;
  parameter.name = argument.name();
  parameter.type_text = argument.type()->str();
  c10::TypePtr type = argument.type();
  if (auto optional = type->cast<c10::OptionalType>()) {
    parameter.optional = true;
    type = optional->getElementType();
  }
  parameter.kind = kind_of(*type);
  if (parameter.kind == Kind::List) {
    parameter.element_type = type->expectRef<c10::ListType>().getElementType();
    c10::TypePtr element = parameter.element_type;
    if (auto optional = element->cast<c10::OptionalType>()) {
      parameter.optional_elements = true;
      element = optional->getElementType();
    }
    parameter.element = kind_of(*element);
    if (argument.N()) {
      parameter.fixed_length = *argument.N();
    }
  }
  if (argument.default_value()) {
    parameter.has_default = true;
    parameter.default_value = *argument.default_value();
  }
  return parameter;
}

const char* name_of(int32_t tag) {
  static const char* const names[] = {
      "None", "Tensor", "int", "float", "bool", "complex", "int[]", "float[]", "bool[]", "Tensor[]",
      "str", "Device", "Generator", "the default", "a slice", "an ellipsis"};
  return tag >= 0 && tag < static_cast<int32_t>(std::size(names)) ? names[tag] : "an unknown tag";
}

[[noreturn]] void refuse(const Operator& op, const std::string& why) {
  std::ostringstream message;
  message << op.name << ": " << why << " (libtorch " << libtorch_version() << ", schema " << op.handle.schema() << ")";
  throw std::invalid_argument(message.str());
}

[[noreturn]] void mismatch(const Operator& op, const Parameter& parameter, const Value& value) {
  refuse(op, "argument '" + parameter.name + "' is " + parameter.type_text + ", got " + name_of(value.tag));
}

template <class Element, class Source>
c10::IValue list_of(const Source* source, int32_t length) {
  c10::List<Element> list;
  list.reserve(length);
  for (int32_t i = 0; i < length; i++) {
    list.push_back(static_cast<Element>(source[i]));
  }
  return list;
}

c10::IValue to_list(const Operator& op, const Parameter& parameter, const Value& value) {
  // A list of a fixed length takes one value for all, as in Python.
  const int32_t repeat = parameter.fixed_length;
  switch (value.tag) {
    case IntList: {
      auto* source = static_cast<const int64_t*>(value.pointer);
      if (parameter.element == Kind::Int) return list_of<int64_t>(source, value.length);
      if (parameter.element == Kind::Float) return list_of<double>(source, value.length);
      break;
    }
    case DoubleList:
      if (parameter.element == Kind::Float) return list_of<double>(static_cast<const double*>(value.pointer), value.length);
      break;
    case BoolList:
      if (parameter.element == Kind::Bool) return list_of<bool>(static_cast<const uint8_t*>(value.pointer), value.length);
      break;
    case TensorList: {
      if (parameter.element != Kind::Tensor) break;
      auto* source = static_cast<at::Tensor* const*>(value.pointer);
      c10::impl::GenericList list(parameter.element_type);
      list.reserve(value.length);
      for (int32_t i = 0; i < value.length; i++) {
        if (source[i] != nullptr) {
          list.push_back(*source[i]);
        } else if (parameter.optional_elements) {
          list.push_back(c10::IValue());
        } else {
          refuse(op, "argument '" + parameter.name + "' is " + parameter.type_text + ", element " + std::to_string(i) + " is None");
        }
      }
      return list;
    }
    case Int:
      if (parameter.element == Kind::Int && repeat > 0) {
        return c10::List<int64_t>(std::vector<int64_t>(repeat, value.integer));
      }
      break;
  }
  mismatch(op, parameter, value);
}

c10::IValue to_ivalue(const Operator& op, const Parameter& parameter, const Value& value) {
  if (value.tag == None) {
    if (!parameter.optional) mismatch(op, parameter, value);
    return c10::IValue();
  }
  if (value.tag == Default) {
    if (!parameter.has_default) refuse(op, "argument '" + parameter.name + "' has no default");
    return parameter.default_value;
  }
  if ((value.tag == Tensor || value.tag == Generator) && value.pointer == nullptr) {
    refuse(op, "argument '" + parameter.name + "' points nowhere");
  }
  switch (parameter.kind) {
    case Kind::Tensor:
      if (value.tag == Tensor) return *static_cast<const at::Tensor*>(value.pointer);
      break;
    case Kind::Int:
      if (value.tag == Int) return value.integer;
      break;
    case Kind::Float:
      if (value.tag == Double) return value.real;
      if (value.tag == Int) return static_cast<double>(value.integer);
      break;
    case Kind::Bool:
      if (value.tag == Bool) return value.integer != 0;
      break;
    case Kind::Number:
      if (value.tag == Double) return value.real;
      if (value.tag == Int) return value.integer;
      if (value.tag == Bool) return value.integer != 0;
      if (value.tag == Complex) {
        auto* parts = static_cast<const double*>(value.pointer);
        return c10::complex<double>(parts[0], parts[1]);
      }
      break;
    case Kind::String:
      if (value.tag == String) return std::string(static_cast<const char*>(value.pointer), value.length);
      break;
    case Kind::Device:
      if (value.tag == Device) {
        return c10::Device(static_cast<c10::DeviceType>(value.integer), static_cast<c10::DeviceIndex>(value.length));
      }
      break;
    case Kind::Generator:
      if (value.tag == Generator) return *static_cast<at::Generator*>(value.pointer);
      break;
    case Kind::List:
      return to_list(op, parameter, value);
    case Kind::Other:
      break;
  }
  mismatch(op, parameter, value);
}

// Valid until the next call on this thread: results that are lists or complex numbers.
thread_local std::vector<void*> list_result;
thread_local c10::complex<double> complex_result;
thread_local torch::jit::Stack spare_stack;

void to_result(const Operator& op, c10::IValue&& value, Value& result) {
  result = Value{None, 0, {0}};
  if (value.isTensor()) {
    auto* tensor = boxed(std::move(value).toTensor());
    if (tensor != nullptr) {
      result.tag = Tensor;
      result.pointer = tensor;
    }
  } else if (value.isInt()) {
    result.tag = Int;
    result.integer = value.toInt();
  } else if (value.isDouble()) {
    result.tag = Double;
    result.real = value.toDouble();
  } else if (value.isBool()) {
    result.tag = Bool;
    result.integer = value.toBool() ? 1 : 0;
  } else if (value.isComplexDouble()) {
    complex_result = value.toComplexDouble();
    result.tag = Complex;
    result.pointer = &complex_result;
  } else if (value.isTensorList()) {
    list_result.clear();
    for (at::Tensor& tensor : value.toTensorVector()) {
      list_result.push_back(boxed(std::move(tensor)));
    }
    result.tag = TensorList;
    result.length = static_cast<int32_t>(list_result.size());
    result.pointer = list_result.data();
  } else if (!value.isNone()) {
    refuse(op, "a result of type " + value.tagKind() + " is not supported");
  }
}

}  // namespace

// NULL without an error where this libtorch has no such operator.
TD_API int32_t td_operator_find(const char* name, const char* overload, Operator** result) {
  *result = nullptr;
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) return;
    const auto& schema = handle->schema();
    std::string full_name(name);
    if (*overload != '\0') full_name.append(".").append(overload);
    auto op = std::make_unique<Operator>(Operator{*handle, std::move(full_name), {}, schema.returns().size()});
    for (const auto& argument : schema.arguments()) {
      op->parameters.push_back(describe(argument));
    }
    *result = op.release();
  });
}

// result_count 0 drops the results; any other must be the schema's own number.
TD_API int32_t td_operator_call(const Operator* op, const Value* arguments, int32_t count, Value* results, int32_t result_count) {
  return guarded([&] {
    if (static_cast<size_t>(count) > op->parameters.size()) {
      refuse(*op, "takes " + std::to_string(op->parameters.size()) + " arguments, got " + std::to_string(count));
    }
    if (result_count != 0 && static_cast<size_t>(result_count) != op->results) {
      refuse(*op, "has " + std::to_string(op->results) + " results, asked for " + std::to_string(result_count));
    }
    torch::jit::Stack stack = std::move(spare_stack);
    stack.clear();
    for (size_t i = 0; i < op->parameters.size(); i++) {
      const Parameter& parameter = op->parameters[i];
      if (i < static_cast<size_t>(count)) {
        stack.push_back(to_ivalue(*op, parameter, arguments[i]));
      } else if (parameter.has_default) {
        stack.push_back(parameter.default_value);
      } else {
        refuse(*op, "argument '" + parameter.name + "' is missing");
      }
    }
    op->handle.callBoxed(&stack);
    if (result_count != 0) {
      if (stack.size() != op->results) {
        refuse(*op, "returned " + std::to_string(stack.size()) + " results");
      }
      for (int32_t i = 0; i < result_count; i++) {
        to_result(*op, std::move(stack[i]), results[i]);
      }
    }
    stack.clear();
    spare_stack = std::move(stack);
  });
}

}  // namespace dispatch
