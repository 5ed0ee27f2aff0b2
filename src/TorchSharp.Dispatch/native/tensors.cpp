// What a tensor is, where its data lies, copies from managed memory, and indexing.
#include "abi.h"

#include <ATen/TensorIndexing.h>

#include <cstring>
#include <stdexcept>
#include <vector>

namespace dispatch {

TD_API void td_tensor_free(at::Tensor* tensor) {
  guarded([&] { delete tensor; });
}

TD_API int32_t td_tensor_alias(const at::Tensor* tensor, at::Tensor** result) {
  return guarded([&] { *result = new at::Tensor(*tensor); });
}

TD_API int64_t td_tensor_dim(const at::Tensor* tensor) { return tensor->dim(); }
TD_API int64_t td_tensor_numel(const at::Tensor* tensor) { return tensor->numel(); }
TD_API int32_t td_tensor_dtype(const at::Tensor* tensor) { return static_cast<int32_t>(tensor->scalar_type()); }
TD_API int64_t td_tensor_element_size(const at::Tensor* tensor) { return static_cast<int64_t>(tensor->element_size()); }

TD_API int32_t td_tensor_device_type(const at::Tensor* tensor) { return static_cast<int32_t>(tensor->device().type()); }
TD_API int32_t td_tensor_device_index(const at::Tensor* tensor) { return tensor->device().index(); }

TD_API int32_t td_tensor_is_sparse(const at::Tensor* tensor) { return tensor->is_sparse() ? 1 : 0; }

TD_API int32_t td_tensor_sizes(const at::Tensor* tensor, int64_t* sizes) {
  return guarded([&] {
    auto source = tensor->sizes();
    std::copy(source.begin(), source.end(), sizes);
  });
}

TD_API int32_t td_tensor_strides(const at::Tensor* tensor, int64_t* strides) {
  return guarded([&] {
    auto source = tensor->strides();
    std::copy(source.begin(), source.end(), strides);
  });
}

TD_API int32_t td_tensor_storage_offset(const at::Tensor* tensor, int64_t* offset) {
  return guarded([&] { *offset = tensor->storage_offset(); });
}

TD_API int32_t td_tensor_is_contiguous(const at::Tensor* tensor, int32_t* contiguous) {
  return guarded([&] { *contiguous = tensor->is_contiguous() ? 1 : 0; });
}

TD_API int32_t td_tensor_data(const at::Tensor* tensor, void** data) {
  return guarded([&] {
    // Views that negate or conjugate lazily hold other values than they mean.
    TORCH_CHECK(!tensor->is_conj() && !tensor->is_neg(), "the elements of a lazily conjugated or negated view cannot be read in place: use resolve_conj() or resolve_neg()");
    *data = tensor->data_ptr();
  });
}

TD_API int32_t td_tensor_from_memory(
    const void* source, int64_t bytes, const int64_t* sizes, int32_t dims, int32_t dtype, at::Tensor** result) {
  return guarded([&] {
    auto tensor = at::empty(at::IntArrayRef(sizes, dims), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    if (static_cast<int64_t>(tensor.nbytes()) != bytes) {
      throw std::invalid_argument(
          "a tensor of " + std::to_string(tensor.nbytes()) + " bytes cannot be made from " + std::to_string(bytes) + " bytes");
    }
    if (bytes > 0) std::memcpy(tensor.data_ptr(), source, bytes);
    *result = boxed(std::move(tensor));
  });
}

namespace {

std::vector<at::indexing::TensorIndex> indices_of(const Value* items, int32_t count) {
  std::vector<at::indexing::TensorIndex> indices;
  indices.reserve(count);
  for (int32_t i = 0; i < count; i++) {
    const Value& item = items[i];
    switch (item.tag) {
      case None: indices.emplace_back(at::indexing::None); break;
      case Ellipsis: indices.emplace_back(at::indexing::Ellipsis); break;
      case Int: indices.emplace_back(item.integer); break;
      case Bool: indices.emplace_back(item.integer != 0); break;
      case Tensor: indices.emplace_back(*static_cast<const at::Tensor*>(item.pointer)); break;
      case Slice: {
        auto* bounds = static_cast<const int64_t*>(item.pointer);
        indices.emplace_back(at::indexing::Slice(bounds[0], bounds[1], bounds[2]));
        break;
      }
      default: throw std::invalid_argument("index " + std::to_string(i) + " is of a kind that cannot index a tensor");
    }
  }
  return indices;
}

}  // namespace

TD_API int32_t td_tensor_index(const at::Tensor* tensor, const Value* items, int32_t count, at::Tensor** result) {
  return guarded([&] { *result = boxed(tensor->index(indices_of(items, count))); });
}

TD_API int32_t td_tensor_index_put(at::Tensor* tensor, const Value* items, int32_t count, const at::Tensor* value) {
  return guarded([&] { tensor->index_put_(indices_of(items, count), *value); });
}

}  // namespace dispatch
