// Figures that need the CUDA runtime's headers (TD_CUDA); without them every function says so.
#include "abi.h"

#include <stdexcept>

#ifdef TD_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <cuda_runtime_api.h>
#endif

#include <cstring>

namespace dispatch {
#ifdef TD_CUDA
namespace {

void check(cudaError_t status) {
  if (status != cudaSuccess) throw std::runtime_error(cudaGetErrorString(status));
}

}  // namespace

TD_API int32_t td_cuda_memory(int32_t device, int64_t* allocated, int64_t* peak, int64_t* total) {
  return guarded([&] {
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(device));
    *allocated = stats.allocated_bytes[0].current;
    *peak = stats.allocated_bytes[0].peak;
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device));
    *total = static_cast<int64_t>(properties.totalGlobalMem);
  });
}

TD_API int32_t td_cuda_name(int32_t device, char* name, int32_t capacity) {
  return guarded([&] {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device));
    std::strncpy(name, properties.name, capacity - 1);
    name[capacity - 1] = '\0';
  });
}

TD_API int32_t td_cuda_empty_cache() {
  return guarded([&] { c10::cuda::CUDACachingAllocator::emptyCache(); });
}

#else

namespace {
constexpr const char* absent = "built without the CUDA runtime's headers";
}

TD_API int32_t td_cuda_memory(int32_t, int64_t*, int64_t*, int64_t*) {
  return guarded([] { throw std::runtime_error(absent); });
}
TD_API int32_t td_cuda_name(int32_t, char*, int32_t) {
  return guarded([] { throw std::runtime_error(absent); });
}
TD_API int32_t td_cuda_empty_cache() {
  return guarded([] { throw std::runtime_error(absent); });
}

#endif
}  // namespace dispatch
