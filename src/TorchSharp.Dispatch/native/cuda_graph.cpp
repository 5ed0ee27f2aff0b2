// CUDA graphs. They need the CUDA runtime's headers (TD_CUDA); without them every function says so.
#include "abi.h"

#include <stdexcept>

#ifdef TD_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <memory>
#endif

namespace dispatch {
#ifdef TD_CUDA

// A graph, the stream that it was recorded on (CUDA records no default stream) and the one that was current before.
struct Graph {
  explicit Graph(int32_t index)
      : device(static_cast<c10::DeviceIndex>(index)),
        former(c10::cuda::getCurrentCUDAStream(device)),
        stream(c10::cuda::getStreamFromPool(false, device)) {}

  c10::DeviceIndex device;
  c10::cuda::CUDAStream former;
  c10::cuda::CUDAStream stream;
  at::cuda::CUDAGraph graph;
};

TD_API int32_t td_cuda_graphs() { return 1; }

// Whether what waits for the device is an error: a recording cannot wait, and does not survive the attempt.
TD_API int32_t td_cuda_refuse_waiting(int32_t refused) {
  return guarded([&] {
    c10::cuda::warning_state().set_sync_debug_mode(refused ? c10::cuda::SyncDebugMode::L_ERROR : c10::cuda::SyncDebugMode::L_DISABLED);
  });
}

TD_API int32_t td_cuda_graph_begin(int32_t device, Graph** result) {
  return guarded([&] {
    auto made = std::make_unique<Graph>(device);
    c10::cuda::CUDAGuard guard(made->device);
    const auto status = cudaDeviceSynchronize();
    if (status != cudaSuccess) throw std::runtime_error(cudaGetErrorString(status));
    c10::cuda::CUDACachingAllocator::emptyCache();
    c10::cuda::setCurrentCUDAStream(made->stream);
    try {
      // One pool for all graphs: they are replayed one after another, and their results copied before the next.
      static const auto pool = at::cuda::graph_pool_handle();
      made->graph.capture_begin(pool);
    } catch (...) {
      c10::cuda::setCurrentCUDAStream(made->former);
      throw;
    }
    *result = made.release();
  });
}

// Ends the recording and goes back to the stream before, whether or not it became a graph.
TD_API int32_t td_cuda_graph_end(Graph* graph) {
  return guarded([&] {
    c10::cuda::CUDAGuard guard(graph->device);
    try {
      graph->graph.capture_end();
    } catch (...) {
      c10::cuda::setCurrentCUDAStream(graph->former);
      throw;
    }
    c10::cuda::setCurrentCUDAStream(graph->former);
  });
}

TD_API int32_t td_cuda_graph_replay(Graph* graph) {
  return guarded([&] {
    c10::cuda::CUDAGuard guard(graph->device);
    graph->graph.replay();
  });
}

TD_API void td_cuda_graph_free(Graph* graph) {
  guarded([&] { delete graph; });
}

#else

struct Graph;
namespace {
constexpr const char* absent = "built without the CUDA runtime's headers";
}

TD_API int32_t td_cuda_graphs() { return 0; }
TD_API int32_t td_cuda_refuse_waiting(int32_t) {
  return guarded([] { throw std::runtime_error(absent); });
}
TD_API int32_t td_cuda_graph_begin(int32_t, Graph**) {
  return guarded([] { throw std::runtime_error(absent); });
}
TD_API int32_t td_cuda_graph_end(Graph*) {
  return guarded([] { throw std::runtime_error(absent); });
}
TD_API int32_t td_cuda_graph_replay(Graph*) {
  return guarded([] { throw std::runtime_error(absent); });
}
TD_API void td_cuda_graph_free(Graph*) {}

#endif
}  // namespace dispatch
