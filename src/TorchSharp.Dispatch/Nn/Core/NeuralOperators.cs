namespace TorchSharp.Dispatching;

/// <summary>The operators behind torch.nn, each under its ATen name.</summary>
internal static class NeuralOperators
{
    public static readonly Operator linear = new("aten::linear");
    public static readonly Operator bilinear = new("aten::bilinear");
    public static readonly Operator conv1d = new("aten::conv1d");
    public static readonly Operator conv1d_padding = new("aten::conv1d", "padding");
    public static readonly Operator conv2d = new("aten::conv2d");
    public static readonly Operator conv2d_padding = new("aten::conv2d", "padding");
    public static readonly Operator conv3d = new("aten::conv3d");
    public static readonly Operator conv3d_padding = new("aten::conv3d", "padding");
    public static readonly Operator conv_transpose2d = new("aten::conv_transpose2d", "input");
    public static readonly Operator im2col = new("aten::im2col");
    public static readonly Operator pixel_shuffle = new("aten::pixel_shuffle");
    public static readonly Operator embedding = new("aten::embedding");
    public static readonly Operator embedding_renorm_ = new("aten::embedding_renorm_");
    public static readonly Operator one_hot = new("aten::one_hot");
    public static readonly Operator pad = new("aten::pad");

    public static readonly Operator batch_norm = new("aten::batch_norm");
    public static readonly Operator instance_norm = new("aten::instance_norm");
    public static readonly Operator group_norm = new("aten::group_norm");
    public static readonly Operator layer_norm = new("aten::layer_norm");
    public static readonly Operator norm = new("aten::norm", "ScalarOpt_dim");
    public static readonly Operator clamp_min = new("aten::clamp_min");
    public static readonly Operator clamp_ = new("aten::clamp_");
    public static readonly Operator cosine_similarity = new("aten::cosine_similarity");

    public static readonly Operator max_pool1d = new("aten::max_pool1d");
    public static readonly Operator max_pool1d_with_indices = new("aten::max_pool1d_with_indices");
    public static readonly Operator max_pool2d = new("aten::max_pool2d");
    public static readonly Operator max_pool2d_with_indices = new("aten::max_pool2d_with_indices");
    public static readonly Operator avg_pool1d = new("aten::avg_pool1d");
    public static readonly Operator avg_pool2d = new("aten::avg_pool2d");
    public static readonly Operator adaptive_avg_pool1d = new("aten::adaptive_avg_pool1d");
    public static readonly Operator adaptive_avg_pool2d = new("aten::adaptive_avg_pool2d");
    public static readonly Operator adaptive_avg_pool3d = new("aten::adaptive_avg_pool3d");
    public static readonly Operator adaptive_max_pool2d = new("aten::adaptive_max_pool2d");

    public static readonly Operator upsample_nearest1d = new("aten::upsample_nearest1d");
    public static readonly Operator upsample_nearest2d = new("aten::upsample_nearest2d");
    public static readonly Operator upsample_nearest3d = new("aten::upsample_nearest3d");
    public static readonly Operator _upsample_nearest_exact1d = new("aten::_upsample_nearest_exact1d");
    public static readonly Operator _upsample_nearest_exact2d = new("aten::_upsample_nearest_exact2d");
    public static readonly Operator _upsample_nearest_exact3d = new("aten::_upsample_nearest_exact3d");
    public static readonly Operator upsample_linear1d = new("aten::upsample_linear1d");
    public static readonly Operator upsample_bilinear2d = new("aten::upsample_bilinear2d");
    public static readonly Operator _upsample_bilinear2d_aa = new("aten::_upsample_bilinear2d_aa");
    public static readonly Operator upsample_bicubic2d = new("aten::upsample_bicubic2d");
    public static readonly Operator _upsample_bicubic2d_aa = new("aten::_upsample_bicubic2d_aa");
    public static readonly Operator upsample_trilinear3d = new("aten::upsample_trilinear3d");

    public static readonly Operator dropout = new("aten::dropout");
    public static readonly Operator dropout_ = new("aten::dropout_");
    public static readonly Operator feature_dropout = new("aten::feature_dropout");
    public static readonly Operator feature_dropout_ = new("aten::feature_dropout_");
    public static readonly Operator alpha_dropout = new("aten::alpha_dropout");
    public static readonly Operator alpha_dropout_ = new("aten::alpha_dropout_");

    public static readonly Operator relu = new("aten::relu");
    public static readonly Operator relu_ = new("aten::relu_");
    public static readonly Operator hardtanh = new("aten::hardtanh");
    public static readonly Operator hardtanh_ = new("aten::hardtanh_");
    public static readonly Operator leaky_relu = new("aten::leaky_relu");
    public static readonly Operator leaky_relu_ = new("aten::leaky_relu_");
    public static readonly Operator prelu = new("aten::prelu");
    public static readonly Operator elu = new("aten::elu");
    public static readonly Operator elu_ = new("aten::elu_");
    public static readonly Operator selu = new("aten::selu");
    public static readonly Operator selu_ = new("aten::selu_");
    public static readonly Operator celu = new("aten::celu");
    public static readonly Operator celu_ = new("aten::celu_");
    public static readonly Operator gelu = new("aten::gelu");
    public static readonly Operator gelu_ = new("aten::gelu_");
    public static readonly Operator silu = new("aten::silu");
    public static readonly Operator silu_ = new("aten::silu_");
    public static readonly Operator mish = new("aten::mish");
    public static readonly Operator mish_ = new("aten::mish_");
    public static readonly Operator hardswish = new("aten::hardswish");
    public static readonly Operator hardswish_ = new("aten::hardswish_");
    public static readonly Operator sigmoid = new("aten::sigmoid");
    public static readonly Operator sigmoid_ = new("aten::sigmoid_");
    public static readonly Operator tanh = new("aten::tanh");
    public static readonly Operator tanh_ = new("aten::tanh_");
    public static readonly Operator softplus = new("aten::softplus");
    public static readonly Operator softmax = new("aten::softmax", "int");
    public static readonly Operator log_softmax = new("aten::log_softmax", "int");

    public static readonly Operator cross_entropy_loss = new("aten::cross_entropy_loss");
    public static readonly Operator nll_loss_nd = new("aten::nll_loss_nd");
    public static readonly Operator binary_cross_entropy = new("aten::binary_cross_entropy");
    public static readonly Operator binary_cross_entropy_with_logits = new("aten::binary_cross_entropy_with_logits");
    public static readonly Operator mse_loss = new("aten::mse_loss");
    public static readonly Operator l1_loss = new("aten::l1_loss");
    public static readonly Operator smooth_l1_loss = new("aten::smooth_l1_loss");
    public static readonly Operator huber_loss = new("aten::huber_loss");
    public static readonly Operator kl_div = new("aten::kl_div");

    public static readonly Operator uniform_ = new("aten::uniform_");
    public static readonly Operator normal_ = new("aten::normal_");
    public static readonly Operator erf = new("aten::erf");
    public static readonly Operator erfinv_ = new("aten::erfinv_");
    public static readonly Operator linalg_qr = new("aten::linalg_qr");
    public static readonly Operator diagonal = new("aten::diagonal");
    public static readonly Operator sign = new("aten::sign");
}
