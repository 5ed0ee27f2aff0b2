// The process: version, errors, threads, generators, devices.
#include "abi.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <dlfcn.h>

#include <mutex>

namespace dispatch {
namespace {
thread_local std::string last_error;
}

const char* libtorch_version() noexcept { return TORCH_VERSION; }
void set_error(const char* message) noexcept {
  try {
    last_error = message;
  } catch (...) {
    last_error.clear();
  }
}

TD_API const char* td_last_error() { return last_error.c_str(); }
TD_API const char* td_version() { return libtorch_version(); }

// Changes when the managed part and this library no longer fit together.
TD_API int32_t td_abi() { return 2; }

TD_API int32_t td_threads() { return at::get_num_threads(); }
TD_API int32_t td_set_threads(int32_t count) {
  return guarded([&] { at::set_num_threads(count); });
}
TD_API int32_t td_interop_threads() { return static_cast<int32_t>(at::get_num_interop_threads()); }
TD_API int32_t td_set_interop_threads(int32_t count) {
  return guarded([&] { at::set_num_interop_threads(count); });
}

// 1 where the loaded BLAS is an OpenBLAS with threads of its own, which fight libtorch's.
TD_API int32_t td_set_blas_threads(int32_t count) {
  for (const char* name : {"openblas_set_num_threads", "openblas_set_num_threads64_", "scipy_openblas_set_num_threads"}) {
    if (auto set = reinterpret_cast<void (*)(int)>(dlsym(RTLD_DEFAULT, name))) {
      set(count);
      return 1;
    }
  }
  return 0;
}

TD_API int32_t td_generator_new(uint64_t seed, at::Generator** result) {
  return guarded([&] { *result = new at::Generator(at::detail::createCPUGenerator(seed)); });
}
TD_API int32_t td_generator_default(at::Generator** result) {
  return guarded([&] { *result = new at::Generator(at::detail::getDefaultCPUGenerator()); });
}
TD_API void td_generator_free(at::Generator* generator) {
  guarded([&] { delete generator; });
}
TD_API int32_t td_generator_set_seed(at::Generator* generator, uint64_t seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_current_seed(seed);
  });
}
TD_API int32_t td_generator_seed(at::Generator* generator, uint64_t* seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    *seed = generator->current_seed();
  });
}
TD_API int32_t td_generator_state(at::Generator* generator, at::Tensor** result) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    *result = boxed(generator->get_state());
  });
}
TD_API int32_t td_generator_set_state(at::Generator* generator, const at::Tensor* state) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(generator->mutex());
    generator->set_state(*state);
  });
}

TD_API int32_t td_cuda_available() {
  int32_t available = 0;
  guarded([&] { available = torch::cuda::is_available() ? 1 : 0; });
  return available;
}
TD_API int32_t td_cuda_count() {
  int32_t count = 0;
  guarded([&] { count = static_cast<int32_t>(torch::cuda::device_count()); });
  return count;
}
TD_API int32_t td_cudnn_available() {
  int32_t available = 0;
  guarded([&] { available = torch::cuda::cudnn_is_available() ? 1 : 0; });
  return available;
}
TD_API int32_t td_cuda_seed(uint64_t seed) {
  return guarded([&] { torch::cuda::manual_seed(seed); });
}
TD_API int32_t td_cuda_seed_all(uint64_t seed) {
  return guarded([&] { torch::cuda::manual_seed_all(seed); });
}
TD_API int32_t td_cuda_synchronize(int64_t device) {
  return guarded([&] { torch::cuda::synchronize(device); });
}

TD_API int32_t td_tf32_cudnn() { return at::globalContext().allowTF32CuDNN() ? 1 : 0; }
TD_API int32_t td_set_tf32_cudnn(int32_t allowed) {
  return guarded([&] { at::globalContext().setAllowTF32CuDNN(allowed != 0); });
}
TD_API int32_t td_tf32_matmul() { return at::globalContext().allowTF32CuBLAS() ? 1 : 0; }
TD_API int32_t td_set_tf32_matmul(int32_t allowed) {
  return guarded([&] { at::globalContext().setAllowTF32CuBLAS(allowed != 0); });
}

}  // namespace dispatch
