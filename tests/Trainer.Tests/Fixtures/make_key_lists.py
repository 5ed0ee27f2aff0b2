#!/usr/bin/env python3
"""Makes keys/*.txt: key, dtype and shape of every tensor in the state dict of the public networks, from copies of their code.

    python3 make_key_lists.py ROBUSTBENCH [VGG [TIMM]]      (made with PyTorch 1.13.0)

ROBUSTBENCH is a checkout of github.com/RobustBench/robustbench (made from commit 78fcc9e); VGG is "difference-based adversarial
training/FMNIST" of a checkout of github.com/inspire-group/privacy-vs-robustness, or "-"; TIMM is a checkout of
github.com/huggingface/pytorch-image-models (made from v0.8.6dev0), for convnext, vit and xcit. Each
public network is also compared with the statement of it in networks.py: the same state dict must give the same logits, training
and not, to 1e-5 of the largest.
"""
import importlib.util
import json
import pathlib
import sys
import unittest.mock

import torch

import networks

FOLDER = pathlib.Path(__file__).parent / "keys"


def public(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(name, source, model, network, statement, shape):
    parameters = sum(parameter.numel() for parameter in network.parameters())
    lines = [f"# {source}", f"model {json.dumps(model)}", f"images {' '.join(map(str, shape))}", f"parameters {parameters}"]
    for key, value in network.state_dict().items():
        lines.append(" ".join([key, str(value.dtype).removeprefix("torch."), *map(str, value.shape)]))
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n")
    print(f"{name}: {parameters} parameters, {len(lines) - 4} tensors")
    compare(name, network, statement, shape)


def compare(name, network, statement, shape):
    """With the network's weights the statement must give its logits, training and not."""
    statement.load_state_dict(network.state_dict(), strict=True)
    images = torch.rand(4, *shape)
    worst = 0
    for training in (True, False):
        with torch.no_grad():
            expected, found = network.train(training)(images), statement.train(training)(images)
        worst = max(worst, ((expected - found).abs().max() / expected.abs().max()).item())
    assert worst < 1e-5, f"{name}: networks.py gives logits that differ by {worst}"
    print(f"{name}: logits differ by {worst:.1e}")


def with_stems(robustbench, timm):
    """timm's networks with the stems of RobustBench's convstem_models.py, which also are those of Singh et al. 2023's own code."""
    # What these networks import and do not use: it needs torchvision, another Python or the requirements of RobustBench.
    package = "robustbench.model_zoo.architectures"
    for name in ("timm.data", "timm.models.maxxvit", "robustbench", "robustbench.model_zoo", package, f"{package}.utils_architectures"):
        sys.modules[name] = unittest.mock.MagicMock()
    sys.path.insert(0, str(timm))
    from timm.models.convnext import ConvNeXt
    from timm.models.vision_transformer import VisionTransformer
    stems = public(robustbench / "robustbench/model_zoo/architectures/convstem_models.py")
    convnext = ConvNeXt(num_classes=10)
    convnext.stem = stems.ConvBlock1(48, end_siz=8)
    write("convnext-t-cvst", "RobustBench's Singh2023Revisiting_ConvNeXt-T-ConvStem, with ten classes", {"type": "convnext"},
          convnext, networks.ConvNeXt(), (3, 224, 224))
    vit = VisionTransformer(num_classes=10, patch_size=16, embed_dim=384, depth=12, num_heads=6)
    vit.patch_embed.proj = stems.ConvBlock(48, end_siz=8)
    write("vit-s-cvst", "RobustBench's Singh2023Revisiting_ViT-S-ConvStem without its normalisation, with ten classes", {"type": "vit"},
          vit, networks.VisionTransformer(), (3, 224, 224))


def light_recipe():
    """timm's network as RobustBench makes it for Debenedetti et al. 2022."""
    from timm.models.xcit import XCiT
    xcit = XCiT(num_classes=10, patch_size=16, embed_dim=384, depth=12, num_heads=8, eta=1.0, tokens_norm=True)
    with torch.no_grad():
        for parameter in xcit.parameters():
            # Temperatures and layer scale begin with 1, biases with 0: all alike.
            parameter.add_(torch.randn_like(parameter), alpha=0.05)
    write("xcit-s12", "RobustBench's Debenedetti2022Light_XCiT-S12 of ImageNet, with ten classes", {"type": "xcit"}, xcit,
          networks.Xcit(), (3, 224, 224))
    # RobustBench's form for CIFAR-10, of the same keys: patches of 4 pixels.
    for place in (0, 2):
        xcit.patch_embed.proj[place][0].stride = (1, 1)
    compare("xcit-s12 of CIFAR-10", xcit, networks.Xcit(strides=(1, 1, 2, 2)), (3, 32, 36))


def main(robustbench, vgg="-", timm=None):
    torch.manual_seed(0)
    FOLDER.mkdir(exist_ok=True)
    folder = pathlib.Path(robustbench) / "robustbench/model_zoo/architectures"
    resnet, wide, deepmind = (public(folder / f"{name}.py") for name in ("resnet", "wide_resnet", "dm_wide_resnet"))
    colour = (3, 32, 32)

    def preact(name, source, block, final_norm, shortcut):
        write(
            name, source, {"type": "preact-resnet-18", "shortcut": shortcut, "finalNorm": final_norm},
            resnet.PreActResNet(block, [2, 2, 2, 2], bn_before_fc=final_norm),
            networks.PreActResNet18(shortcut=shortcut, final_norm=final_norm), colour)

    preact("preact-resnet-18-wong", "Wong et al. 2020's own code: PreActResNet(PreActBlock, bn_before_fc=True)", resnet.PreActBlock, True, "input")
    preact("preact-resnet-18-robustbench", "RobustBench's Wong2020Fast without mu and sigma: PreActResNet(PreActBlock)", resnet.PreActBlock, False, "input")
    preact("preact-resnet-18-rice", "RobustBench's Rice2020Overfitting (L2) without mu and sigma: PreActResNet(PreActBlockV2, bn_before_fc=True)", resnet.PreActBlockV2, True, "activated")
    write("resnet-18", "RobustBench's ResNet18()", {"type": "resnet-18"}, resnet.ResNet18(), networks.ResNet18(), colour)
    for depth, sub_block, used_by in ((28, False, "Standard"), (28, True, "Carmon2019Unlabeled"), (34, True, "Zhang2019Theoretically"), (34, False, "Wu2020Adversarial")):
        write(
            f"wide-resnet-{depth}-10{'-sub-block' if sub_block else ''}",
            f"RobustBench's {used_by}: WideResNet(depth={depth}, widen_factor=10, sub_block1={sub_block})",
            {"type": "wide-resnet", "depth": depth, "width": 10, "subBlock": sub_block},
            wide.WideResNet(depth=depth, widen_factor=10, sub_block1=sub_block), networks.WideResNet(depth, 10, sub_block=sub_block), colour)
    write(
        "deepmind-wide-resnet-28-10", "RobustBench's Rebuffi2021Fixing_28_10_cutmix_ddpm and Wang2023Better_WRN-28-10: DMWideResNet(depth=28, width=10)",
        {"type": "deepmind-wide-resnet", "depth": 28, "width": 10},
        deepmind.DMWideResNet(depth=28, width=10, activation_fn=torch.nn.SiLU), networks.DeepMindWideResNet(28, 10, momentum=0.1), colour)
    if vgg != "-":
        write("vgg-6", "privacy-vs-robustness, Fashion-MNIST: VGG(width_num=16)", {"type": "vgg-6"}, public(pathlib.Path(vgg) / "model.py").VGG(), networks.Vgg6(), (1, 28, 28))
    if timm is not None:
        with_stems(pathlib.Path(robustbench), timm)
        light_recipe()


main(*sys.argv[1:])
