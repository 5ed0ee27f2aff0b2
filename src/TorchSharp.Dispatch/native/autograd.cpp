// Gradients: flags, backward, grad, and the modes of a thread.
#include "abi.h"

#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include <stdexcept>
#include <vector>

namespace dispatch {
namespace {

std::vector<at::Tensor> tensors_of(at::Tensor* const* tensors, int32_t count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (int32_t i = 0; i < count; i++) {
    result.push_back(tensors[i] == nullptr ? at::Tensor() : *tensors[i]);
  }
  return result;
}

}  // namespace

TD_API int32_t td_tensor_requires_grad(const at::Tensor* tensor) { return tensor->requires_grad() ? 1 : 0; }
TD_API int32_t td_tensor_is_leaf(const at::Tensor* tensor) { return tensor->is_leaf() ? 1 : 0; }

TD_API int32_t td_tensor_set_requires_grad(const at::Tensor* tensor, int32_t value) {
  return guarded([&] {
    if (value == 0 && !tensor->is_leaf()) {
      throw std::invalid_argument("requires_grad can only be changed of leaf tensors: use detach()");
    }
    tensor->set_requires_grad(value != 0);
  });
}

TD_API int32_t td_tensor_grad(const at::Tensor* tensor, at::Tensor** result) {
  return guarded([&] { *result = boxed(tensor->grad()); });
}

// As in Python, a gradient has the tensor's shape, dtype and device; NULL clears it.
TD_API int32_t td_tensor_set_grad(at::Tensor* tensor, const at::Tensor* grad) {
  return guarded([&] {
    if (grad == nullptr) {
      tensor->mutable_grad().reset();
      return;
    }
    TORCH_CHECK(grad->sizes().equals(tensor->sizes()), "assigned grad has shape ", grad->sizes(), ", the tensor ", tensor->sizes());
    TORCH_CHECK(grad->scalar_type() == tensor->scalar_type(), "assigned grad is ", grad->scalar_type(), ", the tensor ", tensor->scalar_type());
    TORCH_CHECK(grad->device() == tensor->device(), "assigned grad is on ", grad->device(), ", the tensor on ", tensor->device());
    tensor->mutable_grad() = *grad;
  });
}

TD_API int32_t td_tensor_retain_grad(at::Tensor* tensor) {
  return guarded([&] { tensor->retain_grad(); });
}

TD_API int32_t td_backward(
    at::Tensor* const* tensors, int32_t count, at::Tensor* const* grads, int32_t grad_count,
    at::Tensor* const* inputs, int32_t input_count, int32_t retain_graph, int32_t create_graph) {
  return guarded([&] {
    torch::autograd::backward(
        tensors_of(tensors, count), tensors_of(grads, grad_count), retain_graph != 0, create_graph != 0,
        tensors_of(inputs, input_count));
  });
}

// results has room for input_count; NULL where allow_unused left a gradient undefined.
TD_API int32_t td_grad(
    at::Tensor* const* outputs, int32_t output_count, at::Tensor* const* inputs, int32_t input_count,
    at::Tensor* const* grads, int32_t grad_count, int32_t retain_graph, int32_t create_graph, int32_t allow_unused,
    at::Tensor** results) {
  return guarded([&] {
    auto gradients = torch::autograd::grad(
        tensors_of(outputs, output_count), tensors_of(inputs, input_count), tensors_of(grads, grad_count),
        retain_graph != 0, create_graph != 0, allow_unused != 0);
    for (int32_t i = 0; i < input_count; i++) {
      results[i] = boxed(std::move(gradients[i]));
    }
  });
}

TD_API int32_t td_grad_mode() { return c10::GradMode::is_enabled() ? 1 : 0; }
TD_API void td_set_grad_mode(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

TD_API int32_t td_inference_mode() { return c10::InferenceMode::is_enabled() ? 1 : 0; }

// The guard is undone by td_inference_mode_exit on the same thread.
TD_API int32_t td_inference_mode_enter(int32_t enabled, c10::InferenceMode** guard) {
  return guarded([&] { *guard = new c10::InferenceMode(enabled != 0); });
}
TD_API void td_inference_mode_exit(c10::InferenceMode* guard) {
  guarded([&] { delete guard; });
}

TD_API int32_t td_anomaly_mode() { return torch::autograd::AnomalyMode::is_enabled() ? 1 : 0; }
TD_API int32_t td_anomaly_checks_nan() { return torch::autograd::AnomalyMode::should_check_nan() ? 1 : 0; }
TD_API void td_set_anomaly_mode(int32_t enabled, int32_t check_nan) {
  guarded([&] { torch::autograd::AnomalyMode::set_enabled(enabled != 0, check_nan != 0); });
}

}  // namespace dispatch
